use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::UserId;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::{PathIds, SignedIn};
use crate::outbox::Publisher;
use crate::usecases::blocks;

/// Blocks somebody: neither can write to the other directly.
#[utoipa::path(
    put, path = "/users/@me/blocks/{user}", tag = "blocks", operation_id = "blocks_put",
    params(("user" = UserId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 422, description = "LIMIT_REACHED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn put(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    PathIds(user): PathIds<UserId>,
) -> Result<NoContent, Failure> {
    blocks::put(&store, &publisher, &actor, user).await?;
    Ok(NoContent)
}
