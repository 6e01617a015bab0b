use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Data, ErrorEnvelope, ReorderRoles, Role};

use crate::Failure;
use crate::access::InGuild;
use crate::outbox::Publisher;
use crate::usecases::roles;

/// Moves roles, all or none; the others keep their order. Needs `MANAGE_ROLES`; only below your own highest role.
#[utoipa::path(
    patch, path = "/guilds/{guild}/roles", tag = "roles", operation_id = "roles_reorder",
    params(("guild" = GuildId, Path)),
    request_body = ReorderRoles,
    responses(
        (status = 200, description = "As asked", body = Data<Vec<Role>>),
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
pub(super) async fn reorder(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<ReorderRoles>,
) -> Result<Reply<Vec<Role>>, Failure> {
    let data = at
        .decide(&store, |member| {
            roles::reorder(&store, &publisher, member, &body)
        })
        .await?;
    Ok(Reply::ok(data))
}
