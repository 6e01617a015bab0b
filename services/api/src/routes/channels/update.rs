use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::{Channel, Data, ErrorEnvelope, UpdateChannel};

use crate::Failure;
use crate::access::InChannel;
use crate::outbox::Publisher;
use crate::usecases::channels;

/// Changes a channel. Needs `MANAGE_CHANNELS` there.
#[utoipa::path(
    patch, path = "/channels/{channel}", tag = "channels", operation_id = "channels_update",
    params(("channel" = ChannelId, Path)),
    request_body = UpdateChannel,
    responses(
        (status = 200, description = "As asked", body = Data<Channel>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn update(
    at: InChannel,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<UpdateChannel>,
) -> Result<Reply<Channel>, Failure> {
    let data = at
        .decide(&store, |access| {
            channels::update(&store, &publisher, access, &body)
        })
        .await?;
    Ok(Reply::ok(data))
}
