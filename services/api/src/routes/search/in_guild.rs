use axum::extract::State;
use kith_bus::Bus;
use kith_http::{Query, Reply};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Data, ErrorEnvelope, FoundMessages};

use super::wanted::Filters;
use crate::Failure;
use crate::access::InGuild;
use crate::usecases::search::{Kept, in_guild};

/// Search a guild
///
/// Newest first, in the channels whose history you may read.
#[utoipa::path(
    get, path = "/guilds/{guild}/messages/search", tag = "search",
    params(("guild" = GuildId, Path), Filters),
    responses(
        (status = 200, body = Data<FoundMessages>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE: the search service does not answer; everything else goes on", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn search_guild(
    asker: InGuild,
    State(store): State<Store>,
    State(bus): State<Bus>,
    Query(filters): Query<Filters>,
) -> Result<Reply<FoundMessages>, Failure> {
    let wanted = filters.wanted()?;
    let kept = Kept::default();
    let act = async |member| in_guild(&store, &bus, asker.guild, member, &wanted, &kept).await;
    Ok(Reply::ok(asker.decide(&store, act).await?))
}
