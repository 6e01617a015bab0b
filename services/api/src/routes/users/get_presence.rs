use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_wire::{Data, ErrorEnvelope, PresenceSettings};

use crate::Failure;
use crate::access::SignedIn;
use crate::usecases::users;

/// How one wants to be seen by others, on all devices.
#[utoipa::path(
    get, path = "/users/@me/presence", tag = "users", operation_id = "users_me_presence_get",
    responses(
        (status = 200, description = "As asked", body = Data<PresenceSettings>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn get_presence(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
) -> Result<Reply<PresenceSettings>, Failure> {
    Ok(Reply::ok(users::get_presence(&store, &actor).await?))
}
