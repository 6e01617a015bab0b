//! Direct messages between two people.

mod list;
mod open;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// The routes of this module.
pub(super) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new().routes(routes!(list::list, open::open))
}
