use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::InGuild;
use crate::outbox::Publisher;
use crate::usecases::guilds;

/// Deletes the guild and all that is in it. Only for its owner.
#[utoipa::path(
    delete, path = "/guilds/{guild}", tag = "guilds", operation_id = "guilds_delete",
    params(("guild" = GuildId, Path)),
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
pub(super) async fn delete(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
) -> Result<NoContent, Failure> {
    at.decide(&store, |member| guilds::delete(&store, &publisher, member))
        .await?;
    Ok(NoContent)
}
