use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_wire::{Block, Data, ErrorEnvelope};

use crate::Failure;
use crate::access::SignedIn;
use crate::usecases::blocks;

/// Whom one has blocked, the latest first.
#[utoipa::path(
    get, path = "/users/@me/blocks", tag = "blocks", operation_id = "blocks_list",
    responses(
        (status = 200, description = "As asked", body = Data<Vec<Block>>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
) -> Result<Reply<Vec<Block>>, Failure> {
    Ok(Reply::ok(blocks::list(&store, &actor).await?))
}
