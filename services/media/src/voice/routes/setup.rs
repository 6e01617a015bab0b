use axum::extract::State;
use kith_access::{Failure, SignedIn};
use kith_http::Reply;
use kith_wire::{Data, ErrorEnvelope, VoiceSetup};

use crate::voice::Voice;

/// Whether there is voice on this instance.
#[utoipa::path(
    get, path = "/voice", tag = "voice", operation_id = "voice_setup",
    responses(
        (status = 200, description = "As asked", body = Data<VoiceSetup>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn setup(
    _: SignedIn,
    State(voice): State<Voice>,
) -> Result<Reply<VoiceSetup>, Failure> {
    let is_configured = voice.is_configured();
    Ok(Reply::ok(VoiceSetup { is_configured }))
}
