use axum::extract::State;
use kith_access::{Failure, PathIds, SignedIn};
use kith_http::NoContent;
use kith_types::VoiceConnectionId;
use kith_wire::ErrorEnvelope;

use crate::voice::{Voice, usecases};

/// Leaves the voice channel that this connection is in.
#[utoipa::path(
    delete, path = "/users/@me/voice/{connection}", tag = "voice", operation_id = "voice_leave",
    params(("connection" = VoiceConnectionId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: it is not your connection, or not any more", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn leave(
    SignedIn(actor): SignedIn,
    State(voice): State<Voice>,
    PathIds(connection): PathIds<VoiceConnectionId>,
) -> Result<NoContent, Failure> {
    usecases::leave(&voice, actor.user.id, connection).await?;
    Ok(NoContent)
}
