use axum::extract::State;
use kith_access::InGuild;
use kith_http::NoContent;
use kith_types::GuildId;
use kith_wire::ErrorEnvelope;

use crate::usecases::pictures::remove_icon as act;
use crate::{Core, Failure};

/// Remove a guild's picture
///
/// Needs `MANAGE_GUILD`.
#[utoipa::path(
    delete, path = "/guilds/{guild}/icon", tag = "files",
    params(("guild" = GuildId, Path)),
    responses(
        (status = 204, description = "There is none (any more)"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn remove_icon(
    place: InGuild,
    State(core): State<Core>,
) -> Result<NoContent, Failure> {
    act(&core, place.member()).await?;
    Ok(NoContent)
}
