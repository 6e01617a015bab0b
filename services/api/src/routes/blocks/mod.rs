//! Whom one has blocked.

mod list;
mod put;
mod remove;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes of this module.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(put::put, remove::remove))
}
