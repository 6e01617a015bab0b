use kith_http::Reply;
use kith_wire::{Data, ErrorEnvelope, User};

use crate::access::SignedIn;

/// One's own account.
#[utoipa::path(
    get, path = "/users/@me", tag = "users", operation_id = "users_me_get",
    responses(
        (status = 200, description = "As asked", body = Data<User>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn get_me(SignedIn(actor): SignedIn) -> Reply<User> {
    Reply::ok(actor.user)
}
