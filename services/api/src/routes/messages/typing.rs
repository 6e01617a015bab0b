use axum::extract::State;
use kith_bus::Bus;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::InChannel;
use crate::usecases::messages::type_in::type_in;

/// Show that you are typing
///
/// True for ten seconds unless repeated.
#[utoipa::path(
    post, path = "/channels/{channel}/typing", tag = "messages",
    params(("channel" = ChannelId, Path)),
    responses(
        (status = 204),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION, BLOCKED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn typing(
    asker: InChannel,
    State(store): State<Store>,
    State(bus): State<Bus>,
) -> Result<NoContent, Failure> {
    type_in(&bus, store.now(), asker.access(), asker.channel).await?;
    Ok(NoContent)
}
