//! `/channels/{channel}/messages`, `/channels/{channel}/read`, `/channels/{channel}/typing`

mod acknowledge;
mod create;
mod delete;
mod edit;
mod get;
mod list;
mod list_mentions;
mod typing;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

pub(crate) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, edit::edit, delete::delete))
        .routes(routes!(list_mentions::list_mentions))
        .routes(routes!(acknowledge::acknowledge))
        .routes(routes!(typing::typing))
}
