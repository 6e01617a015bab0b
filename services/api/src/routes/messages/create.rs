use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kith_http::{Path, Reply};
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::{CreateMessage, Data, ErrorEnvelope, Message};

use crate::Failure;
use crate::access::{Recognised, Submitted};
use crate::posting::Poster;
use crate::usecases::messages::mentions::Mentions;
use crate::usecases::messages::named::Saying;
use crate::usecases::messages::post::{Outcome, Parts, post};

/// Post a message
///
/// The same `nonce` with the same content and attachments gives the first message again (200), however often it is sent.
#[utoipa::path(
    post, path = "/channels/{channel}/messages", tag = "messages",
    params(("channel" = ChannelId, Path)),
    request_body = CreateMessage,
    responses(
        (status = 201, body = Data<Message>),
        (status = 200, description = "The first message with this nonce", body = Data<Message>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION, BLOCKED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 409, description = "NONCE_REUSED, CONFLICT", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn create(
    Recognised(mut bearer): Recognised,
    Path(channel): Path<ChannelId>,
    State(store): State<Store>,
    State(poster): State<Poster>,
    Submitted(body): Submitted<CreateMessage>,
) -> Result<Response, Failure> {
    let draft = Parts::of(body);
    let mentions = Mentions::of(&draft.content);
    let saying = Saying {
        store: &store,
        channel,
        mentions,
        files: &draft.files,
    };
    let act = async |found| post(&store, &poster, &found, &draft, &saying.mentions).await;
    Ok(match saying.decide(&mut bearer, act).await? {
        Outcome::New(message) => Reply::created(message).into_response(),
        Outcome::Again(message) => Reply::ok(message).into_response(),
    })
}
