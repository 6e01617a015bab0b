//! Guilds.

mod create;
mod delete;
mod get;
mod leave;
mod list_mine;
mod update;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes of this module.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(create::create))
        .routes(routes!(list_mine::list_mine))
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(leave::leave))
}
