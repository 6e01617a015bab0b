use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_wire::{Channel, Data, ErrorEnvelope};

use crate::Failure;
use crate::access::SignedIn;
use crate::usecases::directs;

/// One's own direct messages, the last used first.
#[utoipa::path(
    get, path = "/users/@me/channels", tag = "directs", operation_id = "directs_list",
    responses(
        (status = 200, description = "As asked", body = Data<Vec<Channel>>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
) -> Result<Reply<Vec<Channel>>, Failure> {
    Ok(Reply::ok(directs::list(&store, &actor).await?))
}
