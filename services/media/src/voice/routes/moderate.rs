use axum::extract::State;
use kith_access::{Failure, InGuild, PathIds};
use kith_http::{Body, NoContent};
use kith_types::{GuildId, UserId};
use kith_wire::{ErrorEnvelope, ModerateVoice};

use crate::voice::{Voice, usecases};

/// Mutes, deafens or moves a member who is in a voice channel.
#[utoipa::path(
    patch, path = "/guilds/{guild}/voice/{user}", tag = "voice", operation_id = "voice_moderate",
    params(("guild" = GuildId, Path), ("user" = UserId, Path)),
    request_body = ModerateVoice,
    responses(
        (status = 204, description = "Done"),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION (also theirs, to connect there) or ROLE_HIERARCHY", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also when they are in no voice channel that you may view", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 422, description = "LIMIT_REACHED: the channel is full", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn moderate(
    at: InGuild,
    State(voice): State<Voice>,
    ids: PathIds<(GuildId, UserId)>,
    Body(body): Body<ModerateVoice>,
) -> Result<NoContent, Failure> {
    let PathIds((_, user)) = ids;
    let moderate = |member| usecases::moderate(&voice, member, user, &body);
    at.decide(voice.store(), moderate).await?;
    Ok(NoContent)
}
