use axum::extract::State;
use kith_http::{Body, NoContent};
use kith_store::Store;
use kith_types::{GuildId, UserId};
use kith_wire::{ErrorEnvelope, PutBan};

use crate::Failure;
use crate::access::{InGuild, PathIds};
use crate::outbox::Publisher;
use crate::usecases::bans;

/// Bans somebody, also who never joined; a membership ends. Needs `BAN_MEMBERS`.
#[utoipa::path(
    put, path = "/guilds/{guild}/bans/{user}", tag = "bans", operation_id = "bans_ban",
    params(("guild" = GuildId, Path), ("user" = UserId, Path)),
    request_body = PutBan,
    responses(
        (status = 204, description = "Done"),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION or ROLE_HIERARCHY", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn ban(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    ids: PathIds<(GuildId, UserId)>,
    Body(body): Body<PutBan>,
) -> Result<NoContent, Failure> {
    let PathIds((_, user)) = ids;
    at.decide(&store, |member| {
        bans::ban(&store, &publisher, member, user, &body)
    })
    .await?;
    Ok(NoContent)
}
