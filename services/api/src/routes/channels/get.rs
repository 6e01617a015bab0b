use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::{Channel, Data, ErrorEnvelope};

use crate::Failure;
use crate::access::InChannel;
use crate::usecases::channels;

/// A channel that you may view.
#[utoipa::path(
    get, path = "/channels/{channel}", tag = "channels", operation_id = "channels_get",
    params(("channel" = ChannelId, Path)),
    responses(
        (status = 200, description = "As asked", body = Data<Channel>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn get(
    at: InChannel,
    State(store): State<Store>,
) -> Result<Reply<Channel>, Failure> {
    let data = at
        .decide(&store, |access| channels::get(&store, at.channel, access))
        .await?;
    Ok(Reply::ok(data))
}
