//! The routes: each file is one operation. A handler parses, calls its use case and answers.

mod fetch;
mod pictures;
mod receive;
mod thumbnail;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Core;

/// All routes below `/api/v1`.
pub(crate) fn router() -> OpenApiRouter<Core> {
    OpenApiRouter::new()
        .routes(routes!(receive::receive))
        .routes(routes!(fetch::fetch))
        .routes(routes!(thumbnail::thumbnail))
        .merge(pictures::router())
}
