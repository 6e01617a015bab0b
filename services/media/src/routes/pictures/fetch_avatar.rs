use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kith_access::{PathIds, SignedIn};
use kith_types::{FileId, UserId};
use kith_wire::ErrorEnvelope;

use crate::usecases::pictures::fetch_avatar as act;
use crate::{Core, Failure};

/// Fetch somebody's picture
///
/// As the user's `avatar` names it. For themselves, and for whoever shares a guild or a direct message with them.
#[utoipa::path(
    get, path = "/users/{user}/avatar/{avatar}", tag = "files",
    params(("user" = UserId, Path), ("avatar" = FileId, Path)),
    responses(
        (status = 200, body = [u8], content_type = "image/jpeg"),
        (status = 304, description = "As you have it"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn fetch_avatar(
    SignedIn(actor): SignedIn,
    PathIds(ids): PathIds<(UserId, FileId)>,
    State(core): State<Core>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (user, avatar) = ids;
    act(&core, actor.user.id, user, avatar, &headers).await
}
