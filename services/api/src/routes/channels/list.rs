use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Channel, Data, ErrorEnvelope};

use crate::Failure;
use crate::access::InGuild;
use crate::usecases::channels;

/// The channels that you may view, from the top.
#[utoipa::path(
    get, path = "/guilds/{guild}/channels", tag = "channels", operation_id = "channels_list",
    params(("guild" = GuildId, Path)),
    responses(
        (status = 200, description = "As asked", body = Data<Vec<Channel>>),
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
) -> Result<Reply<Vec<Channel>>, Failure> {
    let data = at
        .decide(&store, |member| channels::list(&store, at.guild, member))
        .await?;
    Ok(Reply::ok(data))
}
