//! Members.

mod get;
mod kick;
mod list;
mod page;
mod update;

pub(crate) use page::UserPage;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes of this module.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(get::get, update::update, kick::kick))
}
