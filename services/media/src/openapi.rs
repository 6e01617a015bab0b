use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;

use crate::{Core, routes, voice};

/// What the document says besides the routes.
#[derive(OpenApi)]
#[openapi(components(schemas(
    // Only paths and frames name them, which does not bring them into the document.
    kith_types::VoiceConnectionId, kith_wire::VoiceStateChange,
)))]
struct Frame;

/// All routes of the service and the document that describes them.
pub(crate) fn documented() -> (axum::Router<Core>, Document) {
    let (router, document) = OpenApiRouter::with_openapi(Frame::openapi())
        .nest("/api/v1", routes::router().merge(voice::router()))
        .split_for_parts();
    (router.merge(voice::webhook_router()), document)
}

/// The OpenAPI document of this service's routes; api serves it together with its own.
pub fn openapi() -> Document {
    documented().1
}
