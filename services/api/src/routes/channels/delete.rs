use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::InChannel;
use crate::outbox::Publisher;
use crate::usecases::channels;

/// Deletes a channel; what stood under a category moves to the top level. Needs `MANAGE_CHANNELS` there.
#[utoipa::path(
    delete, path = "/channels/{channel}", tag = "channels", operation_id = "channels_delete",
    params(("channel" = ChannelId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn delete(
    at: InChannel,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
) -> Result<NoContent, Failure> {
    at.decide(&store, |access| {
        channels::delete(&store, &publisher, access)
    })
    .await?;
    Ok(NoContent)
}
