use axum::extract::State;
use kith_http::{Listed, Query};
use kith_store::Store;
use kith_types::GuildId;
use kith_wire::{ErrorEnvelope, Invite, Paged};

use super::page::InvitePage;
use crate::Failure;
use crate::access::InGuild;
use crate::usecases::invites;

/// The invites that can still be accepted, by code, in pages. Needs `MANAGE_GUILD`.
#[utoipa::path(
    get, path = "/guilds/{guild}/invites", tag = "invites", operation_id = "invites_list",
    params(("guild" = GuildId, Path), InvitePage),
    responses(
        (status = 200, description = "As asked", body = Paged<Invite>),
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
    Query(page): Query<InvitePage>,
) -> Result<Listed<Invite>, Failure> {
    let limit = page.limit()?;
    let data = at
        .decide(&store, |member| {
            invites::list(&store, at.guild, member, page.after.as_ref(), limit + 1)
        })
        .await?;
    Ok(Listed::first(limit, data))
}
