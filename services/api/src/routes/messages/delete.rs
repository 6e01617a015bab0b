use axum::extract::State;
use kith_http::{NoContent, Path};
use kith_store::Store;
use kith_types::{ChannelId, MessageId};
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::InChannel;
use crate::outbox::Publisher;
use crate::usecases::messages::delete::delete as delete_message;

/// Delete a message
///
/// Your own, or anybody's with MANAGE_MESSAGES. What it said is gone; its place stays.
#[utoipa::path(
    delete, path = "/channels/{channel}/messages/{message}", tag = "messages",
    params(("channel" = ChannelId, Path), ("message" = MessageId, Path)),
    responses(
        (status = 204),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 409, description = "CONFLICT", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn delete(
    asker: InChannel,
    Path((channel, message)): Path<(ChannelId, MessageId)>,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
) -> Result<NoContent, Failure> {
    asker
        .decide(&store, |access| {
            delete_message(&store, &publisher, access, channel, message)
        })
        .await?;
    Ok(NoContent)
}
