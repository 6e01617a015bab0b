use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::{GuildId, RoleId};
use kith_wire::{Data, ErrorEnvelope, Role, UpdateRole};

use crate::Failure;
use crate::access::{InGuild, PathIds};
use crate::outbox::Publisher;
use crate::usecases::roles;

/// Changes a role below your own highest one, by rights that you hold. Needs `MANAGE_ROLES`.
#[utoipa::path(
    patch, path = "/guilds/{guild}/roles/{role}", tag = "roles", operation_id = "roles_update",
    params(("guild" = GuildId, Path), ("role" = RoleId, Path)),
    request_body = UpdateRole,
    responses(
        (status = 200, description = "As asked", body = Data<Role>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION or ROLE_HIERARCHY", body = ErrorEnvelope),
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
    ids: PathIds<(GuildId, RoleId)>,
    Body(body): Body<UpdateRole>,
) -> Result<Reply<Role>, Failure> {
    let PathIds((_, role)) = ids;
    let data = at
        .decide(&store, |member| {
            roles::update(&store, &publisher, member, role, &body)
        })
        .await?;
    Ok(Reply::ok(data))
}
