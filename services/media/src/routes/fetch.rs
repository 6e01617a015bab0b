use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kith_access::{Bearer, PathIds};
use kith_types::FileId;
use kith_wire::ErrorEnvelope;

use crate::usecases::fetch::{Part, fetch as act};
use crate::{Core, Failure};

/// Fetch a file
///
/// Asked at every request: whoever may not read its message (any more) gets 404, and so does everybody once that is deleted. One
/// `Range` of bytes is understood, and `ETag` with `If-None-Match`. Browsers show pictures, sound and film; everything else is for
/// saving, HTML and SVG among it. The name at the end is for whoever saves it.
#[utoipa::path(
    get, path = "/attachments/{attachment}/{name}", tag = "files",
    params(("attachment" = FileId, Path), ("name" = String, Path)),
    responses(
        (status = 200, body = [u8], content_type = "application/octet-stream"),
        (status = 206, description = "The range", body = [u8], content_type = "application/octet-stream"),
        (status = 304, description = "As you have it"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 409, description = "CONFLICT: an image that is still worked on", body = ErrorEnvelope),
        (status = 416, description = "RANGE_NOT_SATISFIABLE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn fetch(
    bearer: Bearer,
    PathIds(ids): PathIds<(FileId, String)>,
    State(core): State<Core>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    act(&core, bearer, ids.0, Part::Whole, &headers).await
}
