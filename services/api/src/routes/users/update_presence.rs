use axum::extract::State;
use kith_http::{Body, Reply};
use kith_store::Store;
use kith_wire::{Data, ErrorEnvelope, PresenceSettings, UpdatePresence};

use crate::Failure;
use crate::access::SignedIn;
use crate::outbox::Publisher;
use crate::usecases::users;

/// Changes how one wants to be seen by others, on all devices.
#[utoipa::path(
    patch, path = "/users/@me/presence", tag = "users", operation_id = "users_me_presence_update",
    request_body = UpdatePresence,
    responses(
        (status = 200, description = "As it is now", body = Data<PresenceSettings>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn update_presence(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    Body(body): Body<UpdatePresence>,
) -> Result<Reply<PresenceSettings>, Failure> {
    Ok(Reply::ok(
        users::update_presence(&store, &publisher, &actor, body).await?,
    ))
}
