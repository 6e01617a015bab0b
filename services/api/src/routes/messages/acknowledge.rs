use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::{Acknowledge, Data, ErrorEnvelope, ReadState};

use crate::Failure;
use crate::access::InChannel;
use crate::outbox::Publisher;
use crate::usecases::messages::acknowledge::acknowledge as note;

/// Say how far you have read
#[utoipa::path(
    put, path = "/channels/{channel}/read", tag = "messages",
    params(("channel" = ChannelId, Path)),
    request_body = Acknowledge,
    responses(
        (status = 200, body = Data<ReadState>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn acknowledge(
    asker: InChannel,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<Acknowledge>,
) -> Result<Reply<ReadState>, Failure> {
    let channel = asker.channel;
    let access = asker.access().cloned();
    let state = note(&store, &publisher, access, channel, &body).await?;
    Ok(Reply::ok(state))
}
