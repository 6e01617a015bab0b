use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_types::InviteCode;
use kith_wire::{Data, ErrorEnvelope, InvitePreview};

use crate::Failure;
use crate::access::{PathIds, Visitor};
use crate::usecases::invites;

/// What an invite leads to.
///
/// Also without a session, for who has no account yet; then whatever leads nowhere is not found.
#[utoipa::path(
    get, path = "/invites/{code}", tag = "invites", operation_id = "invites_preview",
    params(("code" = InviteCode, Path)),
    responses(
        (status = 200, description = "As asked", body = Data<InvitePreview>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "BANNED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 410, description = "INVITE_EXPIRED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security((), ("session" = [])),
)]
pub(super) async fn preview(
    Visitor(actor): Visitor,
    State(store): State<Store>,
    PathIds(code): PathIds<InviteCode>,
) -> Result<Reply<InvitePreview>, Failure> {
    let data = invites::preview(&store, actor.map(|actor| actor.user.id), &code).await?;
    Ok(Reply::ok(data))
}
