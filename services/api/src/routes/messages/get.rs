use axum::extract::State;
use kith_http::{Path, Reply};
use kith_policy::{ReadHistory, require};
use kith_store::Store;
use kith_types::{ChannelId, MessageId};
use kith_wire::{Data, ErrorEnvelope, Message};

use crate::Failure;
use crate::access::InChannel;

/// Read one message
#[utoipa::path(
    get, path = "/channels/{channel}/messages/{message}", tag = "messages",
    params(("channel" = ChannelId, Path), ("message" = MessageId, Path)),
    responses(
        (status = 200, body = Data<Message>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn get(
    asker: InChannel,
    Path((channel, message)): Path<(ChannelId, MessageId)>,
    State(store): State<Store>,
) -> Result<Reply<Message>, Failure> {
    let granted = require::<ReadHistory>(asker.access(), store.now())?;
    let message = store.message(granted.guild(), channel, message).await?;
    Ok(Reply::ok(message.ok_or_else(Failure::not_found)?))
}
