use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_types::{GuildId, UserId};
use kith_wire::{Data, ErrorEnvelope, Member};

use crate::Failure;
use crate::access::{InGuild, PathIds};
use crate::usecases::members;

/// One member.
#[utoipa::path(
    get, path = "/guilds/{guild}/members/{user}", tag = "members", operation_id = "members_get",
    params(("guild" = GuildId, Path), ("user" = UserId, Path)),
    responses(
        (status = 200, description = "As asked", body = Data<Member>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn get(
    at: InGuild,
    State(store): State<Store>,
    ids: PathIds<(GuildId, UserId)>,
) -> Result<Reply<Member>, Failure> {
    let PathIds((_, user)) = ids;
    let data = at
        .decide(&store, |member| {
            members::get(&store, at.guild, member, user)
        })
        .await?;
    Ok(Reply::ok(data))
}
