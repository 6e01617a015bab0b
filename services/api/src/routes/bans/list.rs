use axum::extract::State;
use kith_http::{Listed, Query};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{Ban, ErrorEnvelope, Paged};

use crate::Failure;
use crate::access::InGuild;
use crate::routes::members::UserPage;
use crate::usecases::bans;

/// Who is banned, by user id, in pages. Needs `BAN_MEMBERS`.
#[utoipa::path(
    get, path = "/guilds/{guild}/bans", tag = "bans", operation_id = "bans_list",
    params(("guild" = GuildId, Path), UserPage),
    responses(
        (status = 200, description = "As asked", body = Paged<Ban>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list(
    at: InGuild,
    State(store): State<Store>,
    Query(page): Query<UserPage>,
) -> Result<Listed<Ban>, Failure> {
    let limit = page.limit()?;
    let data = at
        .decide(&store, |member| {
            bans::list(&store, at.guild, member, page.after, limit + 1)
        })
        .await?;
    Ok(Listed::first(limit, data))
}
