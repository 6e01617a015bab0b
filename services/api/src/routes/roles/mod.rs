//! Roles and who has them.

mod assign;
mod create;
mod delete;
mod list;
mod reorder;
mod unassign;
mod update;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes of this module.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create, reorder::reorder))
        .routes(routes!(update::update, delete::delete))
        .routes(routes!(assign::assign, unassign::unassign))
}
