use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Data, ErrorEnvelope, Role};

use crate::Failure;
use crate::access::InGuild;
use crate::usecases::roles;

/// The roles, from the everyone role upwards.
#[utoipa::path(
    get, path = "/guilds/{guild}/roles", tag = "roles", operation_id = "roles_list",
    params(("guild" = GuildId, Path)),
    responses(
        (status = 200, description = "As asked", body = Data<Vec<Role>>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list(
    at: InGuild,
    State(store): State<Store>,
) -> Result<Reply<Vec<Role>>, Failure> {
    let data = at
        .decide(&store, |member| roles::list(&store, at.guild, member))
        .await?;
    Ok(Reply::ok(data))
}
