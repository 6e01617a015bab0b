use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Data, ErrorEnvelope, Guild};

use crate::Failure;
use crate::access::InGuild;
use crate::usecases::guilds;

/// A guild that you are in.
#[utoipa::path(
    get, path = "/guilds/{guild}", tag = "guilds", operation_id = "guilds_get",
    params(("guild" = GuildId, Path)),
    responses(
        (status = 200, description = "As asked", body = Data<Guild>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn get(at: InGuild, State(store): State<Store>) -> Result<Reply<Guild>, Failure> {
    let data = at
        .decide(&store, |member| guilds::get(&store, at.guild, member))
        .await?;
    Ok(Reply::ok(data))
}
