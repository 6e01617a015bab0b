use axum::extract::State;
use kith_access::{Failure, PathIds, SignedIn};
use kith_http::{Body, NoContent};
use kith_types::VoiceConnectionId;
use kith_wire::{ErrorEnvelope, UpdateVoice};

use crate::voice::{Voice, usecases};

/// Tells the others that you have muted or deafened yourself, or ended it.
#[utoipa::path(
    patch, path = "/users/@me/voice/{connection}", tag = "voice", operation_id = "voice_update_me",
    params(("connection" = VoiceConnectionId, Path)),
    request_body = UpdateVoice,
    responses(
        (status = 204, description = "Done"),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: it is not your connection, or not any more", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn update_me(
    SignedIn(actor): SignedIn,
    State(voice): State<Voice>,
    PathIds(connection): PathIds<VoiceConnectionId>,
    Body(body): Body<UpdateVoice>,
) -> Result<NoContent, Failure> {
    usecases::update_me(&voice, actor.user.id, connection, &body).await?;
    Ok(NoContent)
}
