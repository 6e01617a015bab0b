use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_wire::{Data, ErrorEnvelope, UpdateMe, User};

use crate::Failure;
use crate::access::SignedIn;
use crate::outbox::Publisher;
use crate::usecases::users;

/// Changes one's own account.
#[utoipa::path(
    patch, path = "/users/@me", tag = "users", operation_id = "users_me_update",
    request_body = UpdateMe,
    responses(
        (status = 200, description = "As it is now", body = Data<User>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 409, description = "CONFLICT", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn update_me(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<UpdateMe>,
) -> Result<Reply<User>, Failure> {
    Ok(Reply::ok(
        users::update_me(&store, &publisher, actor, &body).await?,
    ))
}
