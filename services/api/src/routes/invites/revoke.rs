use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::InviteCode;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::{PathIds, SignedIn};
use crate::outbox::Publisher;
use crate::usecases::invites;

/// Makes an invite useless. Your own, or with `MANAGE_GUILD`.
#[utoipa::path(
    delete, path = "/invites/{code}", tag = "invites", operation_id = "invites_revoke",
    params(("code" = InviteCode, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn revoke(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    PathIds(code): PathIds<InviteCode>,
) -> Result<NoContent, Failure> {
    invites::revoke(&store, &publisher, actor.user.id, &code).await?;
    Ok(NoContent)
}
