use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_types::{GuildId, UserId};
use kith_wire::{Data, ErrorEnvelope, Member, UpdateMember};

use crate::Failure;
use crate::access::{InGuild, PathIds};
use crate::outbox::Publisher;
use crate::usecases::members;

/// Changes a nickname (your own: `CHANGE_NICKNAME`, others: `MANAGE_NICKNAMES`) or a time-out (`MODERATE_MEMBERS`).
#[utoipa::path(
    patch, path = "/guilds/{guild}/members/{user}", tag = "members", operation_id = "members_update",
    params(("guild" = GuildId, Path), ("user" = UserId, Path)),
    request_body = UpdateMember,
    responses(
        (status = 200, description = "As asked", body = Data<Member>),
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
pub(super) async fn update(
    at: InGuild,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    ids: PathIds<(GuildId, UserId)>,
    Body(body): Body<UpdateMember>,
) -> Result<Reply<Member>, Failure> {
    let PathIds((_, user)) = ids;
    let data = at
        .decide(&store, |member| {
            members::update(&store, &publisher, member, user, &body)
        })
        .await?;
    Ok(Reply::ok(data))
}
