use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::{GuildId, RoleId};
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::{InGuild, PathIds};
use crate::outbox::Publisher;
use crate::usecases::roles;

/// Deletes a role below your own highest one, also from its members and from overwrites. Needs `MANAGE_ROLES`.
#[utoipa::path(
    delete, path = "/guilds/{guild}/roles/{role}", tag = "roles", operation_id = "roles_delete",
    params(("guild" = GuildId, Path), ("role" = RoleId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION or ROLE_HIERARCHY", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn delete(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    ids: PathIds<(GuildId, RoleId)>,
) -> Result<NoContent, Failure> {
    let PathIds((_, role)) = ids;
    at.decide(&store, |member| {
        roles::delete(&store, &publisher, member, role)
    })
    .await?;
    Ok(NoContent)
}
