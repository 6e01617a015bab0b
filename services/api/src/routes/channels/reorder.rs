use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Channel, Data, ErrorEnvelope, ReorderChannels};

use crate::Failure;
use crate::access::InGuild;
use crate::outbox::Publisher;
use crate::usecases::channels;

/// Moves channels, all or none; others make room. Needs `MANAGE_CHANNELS`.
#[utoipa::path(
    patch, path = "/guilds/{guild}/channels", tag = "channels", operation_id = "channels_reorder",
    params(("guild" = GuildId, Path)),
    request_body = ReorderChannels,
    responses(
        (status = 200, description = "As asked", body = Data<Vec<Channel>>),
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
pub(super) async fn reorder(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<ReorderChannels>,
) -> Result<Reply<Vec<Channel>>, Failure> {
    let data = at
        .decide(&store, |member| {
            channels::reorder(&store, &publisher, member, &body)
        })
        .await?;
    Ok(Reply::ok(data))
}
