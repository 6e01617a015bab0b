//! Channels.

mod create;
mod delete;
mod get;
mod list;
mod reorder;
mod update;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes of this module.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create, reorder::reorder))
        .routes(routes!(get::get, update::update, delete::delete))
}
