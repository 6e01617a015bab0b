use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;

use crate::{Core, routes};

/// All routes of the service and the document that describes them.
pub(crate) fn documented() -> (axum::Router<Core>, Document) {
    OpenApiRouter::new()
        .nest("/api/v1", routes::router())
        .split_for_parts()
}

/// The OpenAPI document of this service's routes; api serves it together with its own.
pub fn openapi() -> Document {
    documented().1
}
