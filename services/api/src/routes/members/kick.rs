use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::{GuildId, UserId};
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::{InGuild, PathIds};
use crate::outbox::Publisher;
use crate::usecases::members;

/// Sends a member away. Needs `KICK_MEMBERS`.
#[utoipa::path(
    delete, path = "/guilds/{guild}/members/{user}", tag = "members", operation_id = "members_kick",
    params(("guild" = GuildId, Path), ("user" = UserId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION or ROLE_HIERARCHY", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn kick(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    ids: PathIds<(GuildId, UserId)>,
) -> Result<NoContent, Failure> {
    let PathIds((_, user)) = ids;
    at.decide(&store, |member| {
        members::kick(&store, &publisher, member, user)
    })
    .await?;
    Ok(NoContent)
}
