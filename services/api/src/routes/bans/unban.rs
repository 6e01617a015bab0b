use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::{GuildId, UserId};
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::{InGuild, PathIds};
use crate::outbox::Publisher;
use crate::usecases::bans;

/// Ends a ban. Needs `BAN_MEMBERS`.
#[utoipa::path(
    delete, path = "/guilds/{guild}/bans/{user}", tag = "bans", operation_id = "bans_unban",
    params(("guild" = GuildId, Path), ("user" = UserId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn unban(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    ids: PathIds<(GuildId, UserId)>,
) -> Result<NoContent, Failure> {
    let PathIds((_, user)) = ids;
    at.decide(&store, |member| {
        bans::unban(&store, &publisher, member, user)
    })
    .await?;
    Ok(NoContent)
}
