use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_types::InviteCode;
use kith_wire::{Data, ErrorEnvelope, Guild};

use crate::Failure;
use crate::access::{PathIds, SignedIn};
use crate::outbox::Publisher;
use crate::usecases::invites;

/// Joins the guild. If you are in it already, no use is counted.
#[utoipa::path(
    post, path = "/invites/{code}", tag = "invites", operation_id = "invites_accept",
    params(("code" = InviteCode, Path)),
    responses(
        (status = 200, description = "As asked", body = Data<Guild>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "BANNED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 410, description = "INVITE_EXPIRED", body = ErrorEnvelope),
        (status = 422, description = "LIMIT_REACHED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn accept(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    PathIds(code): PathIds<InviteCode>,
) -> Result<Reply<Guild>, Failure> {
    let data = invites::accept(&store, &publisher, actor.user.id, &code).await?;
    Ok(Reply::ok(data))
}
