use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Data, ErrorEnvelope, Guild, UpdateGuild};

use crate::Failure;
use crate::access::InGuild;
use crate::outbox::Publisher;
use crate::usecases::guilds;

/// Changes the guild. Needs `MANAGE_GUILD`.
#[utoipa::path(
    patch, path = "/guilds/{guild}", tag = "guilds", operation_id = "guilds_update",
    params(("guild" = GuildId, Path)),
    request_body = UpdateGuild,
    responses(
        (status = 200, description = "As asked", body = Data<Guild>),
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
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<UpdateGuild>,
) -> Result<Reply<Guild>, Failure> {
    let data = at
        .decide(&store, |member| {
            guilds::update(&store, &publisher, member, &body)
        })
        .await?;
    Ok(Reply::ok(data))
}
