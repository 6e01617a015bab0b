use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kith_access::PathIds;
use kith_access::limits::Stranger;
use kith_types::{FileId, InviteCode};
use kith_wire::ErrorEnvelope;

use crate::usecases::pictures::fetch_invite_icon as act;
use crate::{Core, Failure};

/// Fetch the picture of the guild that an invite leads to
///
/// As the invite's `guild_icon` names it; without a session, so that a page can show it to who has none yet.
#[utoipa::path(
    get, path = "/invites/{code}/icon/{icon}", tag = "files",
    params(("code" = InviteCode, Path), ("icon" = FileId, Path)),
    responses(
        (status = 200, body = [u8], content_type = "image/jpeg"),
        (status = 304, description = "As you have it"),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
)]
pub(super) async fn fetch_invite_icon(
    _: Stranger,
    PathIds((invite, icon)): PathIds<(InviteCode, FileId)>,
    State(core): State<Core>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    act(&core, &invite, icon, &headers).await
}
