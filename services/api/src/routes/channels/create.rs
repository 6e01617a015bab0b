use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Channel, CreateChannel, Data, ErrorEnvelope};

use crate::Failure;
use crate::access::InGuild;
use crate::outbox::Publisher;
use crate::usecases::channels;

/// Makes a channel at the end of the list; under a category it begins with its overwrites. Needs `MANAGE_CHANNELS`.
#[utoipa::path(
    post, path = "/guilds/{guild}/channels", tag = "channels", operation_id = "channels_create",
    params(("guild" = GuildId, Path)),
    request_body = CreateChannel,
    responses(
        (status = 201, description = "Made", body = Data<Channel>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 422, description = "LIMIT_REACHED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn create(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<CreateChannel>,
) -> Result<Reply<Channel>, Failure> {
    let data = at
        .decide(&store, |member| {
            channels::create(&store, &publisher, member, &body)
        })
        .await?;
    Ok(Reply::created(data))
}
