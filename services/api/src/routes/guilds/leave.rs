use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::InGuild;
use crate::outbox::Publisher;
use crate::usecases::guilds;

/// Leaves the guild.
#[utoipa::path(
    delete, path = "/users/@me/guilds/{guild}", tag = "guilds", operation_id = "guilds_leave",
    params(("guild" = GuildId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 409, description = "OWNER_CANNOT_LEAVE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn leave(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
) -> Result<NoContent, Failure> {
    at.decide(&store, |member| guilds::leave(&store, &publisher, member))
        .await?;
    Ok(NoContent)
}
