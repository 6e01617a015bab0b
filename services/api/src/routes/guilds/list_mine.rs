use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_wire::{Data, ErrorEnvelope, Guild};

use crate::Failure;
use crate::access::SignedIn;
use crate::usecases::guilds;

/// The guilds that you are in.
#[utoipa::path(
    get, path = "/users/@me/guilds", tag = "guilds", operation_id = "guilds_list_mine",
    responses(
        (status = 200, description = "As asked", body = Data<Vec<Guild>>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list_mine(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
) -> Result<Reply<Vec<Guild>>, Failure> {
    let data = guilds::list_mine(&store, actor.user.id).await?;
    Ok(Reply::ok(data))
}
