use axum::extract::State;
use kith_access::{Failure, InChannel};
use kith_http::{Body, Reply};
use kith_types::ChannelId;
use kith_wire::{Data, ErrorEnvelope, JoinVoice, VoiceTicket};

use crate::voice::Voice;
use crate::voice::usecases::{self, Asker};

/// Joins a voice channel
///
/// Gives a token for a LiveKit client, with exactly the rights that you have there: to be heard with `SPEAK`, to send a camera
/// or a screen with `STREAM`. Needs `CONNECT`. Any other voice connection of yours ends. Others learn of it by
/// `VOICE_STATE_UPDATE` when your client has connected.
#[utoipa::path(
    post, path = "/channels/{channel}/voice", tag = "voice", operation_id = "voice_join",
    params(("channel" = ChannelId, Path)),
    request_body = JoinVoice,
    responses(
        (status = 200, description = "The way in", body = Data<VoiceTicket>),
        (status = 400, description = "INVALID_REQUEST: not a voice channel, or the body", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 422, description = "LIMIT_REACHED: the channel is full", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE, also when LiveKit is away", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn join(
    asker: InChannel,
    State(voice): State<Voice>,
    Body(body): Body<JoinVoice>,
) -> Result<Reply<VoiceTicket>, Failure> {
    let who = Asker {
        user: asker.actor.user.id,
        session: asker.actor.session,
    };
    let join = |access| usecases::join(&voice, who, access, &body);
    let ticket = asker.decide(voice.store(), join).await?;
    Ok(Reply::ok(ticket))
}
