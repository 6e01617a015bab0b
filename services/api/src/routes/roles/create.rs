use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{CreateRole, Data, ErrorEnvelope, Role};

use crate::Failure;
use crate::access::InGuild;
use crate::outbox::Publisher;
use crate::usecases::roles;

/// Makes a role right above the everyone role. Needs `MANAGE_ROLES`, and every right that it grants.
#[utoipa::path(
    post, path = "/guilds/{guild}/roles", tag = "roles", operation_id = "roles_create",
    params(("guild" = GuildId, Path)),
    request_body = CreateRole,
    responses(
        (status = 201, description = "Made", body = Data<Role>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION or ROLE_HIERARCHY", body = ErrorEnvelope),
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
    Body(body): Body<CreateRole>,
) -> Result<Reply<Role>, Failure> {
    let data = at
        .decide(&store, |member| {
            roles::create(&store, &publisher, member, &body)
        })
        .await?;
    Ok(Reply::created(data))
}
