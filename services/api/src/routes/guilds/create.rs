use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_wire::{CreateGuild, Data, ErrorEnvelope, Guild};

use crate::Failure;
use crate::access::SignedIn;
use crate::outbox::Publisher;
use crate::usecases::guilds;

/// Founds a guild, with an everyone role and a first text channel.
#[utoipa::path(
    post, path = "/guilds", tag = "guilds", operation_id = "guilds_create",
    request_body = CreateGuild,
    responses(
        (status = 201, description = "Made", body = Data<Guild>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 422, description = "LIMIT_REACHED: you are in as many guilds as one may be", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn create(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<CreateGuild>,
) -> Result<Reply<Guild>, Failure> {
    let data = guilds::create(&store, &publisher, actor.user.id, &body).await?;
    Ok(Reply::created(data))
}
