use axum::extract::State;
use kith_access::{Failure, InGuild, PathIds};
use kith_http::NoContent;
use kith_types::{GuildId, UserId};
use kith_wire::ErrorEnvelope;

use crate::voice::{Voice, usecases};

/// Takes a member out of their voice channel. Needs `MOVE_MEMBERS`.
#[utoipa::path(
    delete, path = "/guilds/{guild}/voice/{user}", tag = "voice", operation_id = "voice_disconnect",
    params(("guild" = GuildId, Path), ("user" = UserId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION or ROLE_HIERARCHY", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also when they are in no voice channel that you may view", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn disconnect(
    at: InGuild,
    State(voice): State<Voice>,
    ids: PathIds<(GuildId, UserId)>,
) -> Result<NoContent, Failure> {
    let PathIds((_, user)) = ids;
    let disconnect = |member| usecases::disconnect(&voice, member, user);
    at.decide(voice.store(), disconnect).await?;
    Ok(NoContent)
}
