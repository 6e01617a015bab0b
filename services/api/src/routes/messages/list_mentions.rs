use axum::extract::State;
use kith_http::{Path, Reply};
use kith_policy::{ReadHistory, require};
use kith_store::Store;
use kith_types::{ChannelId, MessageId};
use kith_wire::{Data, ErrorEnvelope, User};

use crate::Failure;
use crate::access::InChannel;

/// Whom a message mentions
///
/// Also those who are in the guild no more: what they are called is part of what was said.
#[utoipa::path(
    get, path = "/channels/{channel}/messages/{message}/mentions", tag = "messages",
    params(("channel" = ChannelId, Path), ("message" = MessageId, Path)),
    responses(
        (status = 200, body = Data<Vec<User>>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list_mentions(
    asker: InChannel,
    Path((channel, message)): Path<(ChannelId, MessageId)>,
    State(store): State<Store>,
) -> Result<Reply<Vec<User>>, Failure> {
    let granted = require::<ReadHistory>(asker.access(), store.now())?;
    let there = store.message(granted.guild(), channel, message).await?;
    there.ok_or_else(Failure::not_found)?;
    Ok(Reply::ok(store.mentioned(channel, message).await?))
}
