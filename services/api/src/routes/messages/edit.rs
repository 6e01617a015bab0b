use axum::extract::State;
use kith_http::{Path, Reply};
use kith_store::Store;
use kith_types::{ChannelId, MessageId, MessageText};
use kith_wire::{Data, EditMessage, ErrorEnvelope, Message};

use crate::Failure;
use crate::access::{Recognised, Submitted};
use crate::outbox::Publisher;
use crate::usecases::messages::edit::edit as edit_message;
use crate::usecases::messages::mentions::Mentions;
use crate::usecases::messages::named::Saying;

/// Edit a message of your own
#[utoipa::path(
    patch, path = "/channels/{channel}/messages/{message}", tag = "messages",
    params(("channel" = ChannelId, Path), ("message" = MessageId, Path)),
    request_body = EditMessage,
    responses(
        (status = 200, body = Data<Message>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION, BLOCKED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: also what somebody else wrote, and what was deleted", body = ErrorEnvelope),
        (status = 409, description = "CONFLICT", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn edit(
    Recognised(mut bearer): Recognised,
    Path((channel, message)): Path<(ChannelId, MessageId)>,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Submitted(body): Submitted<EditMessage>,
) -> Result<Reply<Message>, Failure> {
    let mentions = Mentions::of(body.content.as_ref().map_or("", MessageText::as_str));
    let saying = Saying {
        store: &store,
        channel,
        mentions,
        files: &[],
    };
    let act = async |found| {
        edit_message(
            &store,
            &publisher,
            &found,
            channel,
            message,
            &body,
            &saying.mentions,
        )
        .await
    };
    Ok(Reply::ok(saying.decide(&mut bearer, act).await?))
}
