use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kith_access::{Bearer, PathIds};
use kith_types::FileId;
use kith_wire::ErrorEnvelope;

use crate::usecases::fetch::{Part, fetch as act};
use crate::{Core, Failure};

/// Fetch an image's thumbnail
///
/// At most 800 pixels wide and high. Asked at every request, as the image itself is.
#[utoipa::path(
    get, path = "/thumbnails/{attachment}", tag = "files",
    params(("attachment" = FileId, Path)),
    responses(
        (status = 200, body = [u8], content_type = "image/jpeg"),
        (status = 304, description = "As you have it"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 409, description = "CONFLICT: it is still worked on", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn thumbnail(
    bearer: Bearer,
    PathIds(file): PathIds<FileId>,
    State(core): State<Core>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    act(&core, bearer, file, Part::Thumbnail, &headers).await
}
