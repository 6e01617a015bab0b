use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kith_access::{InGuild, PathIds};
use kith_types::{FileId, GuildId};
use kith_wire::ErrorEnvelope;

use crate::usecases::pictures::fetch_icon as act;
use crate::{Core, Failure};

/// Fetch a guild's picture
///
/// As the guild's `icon` names it. For its members.
#[utoipa::path(
    get, path = "/guilds/{guild}/icon/{icon}", tag = "files",
    params(("guild" = GuildId, Path), ("icon" = FileId, Path)),
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
pub(super) async fn fetch_icon(
    place: InGuild,
    PathIds(ids): PathIds<(GuildId, FileId)>,
    State(core): State<Core>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    act(&core, place.member(), ids.1, &headers).await
}
