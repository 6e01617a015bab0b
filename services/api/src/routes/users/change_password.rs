use axum::extract::State;
use kith_http::{Body, NoContent};
use kith_wire::{ChangePassword, ErrorEnvelope};

use crate::access::SignedIn;
use crate::usecases::auth;
use crate::{Core, Failure};

/// Sets a new password and ends all other sessions.
#[utoipa::path(
    put, path = "/users/@me/password", tag = "users", operation_id = "users_me_password",
    request_body = ChangePassword,
    responses(
        (status = 204, description = "Done"),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED, or INVALID_CREDENTIALS: the current password is wrong", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn change_password(
    SignedIn(actor): SignedIn,
    State(core): State<Core>,
    Body(body): Body<ChangePassword>,
) -> Result<NoContent, Failure> {
    auth::change_password(&core, &actor, &body).await?;
    Ok(NoContent)
}
