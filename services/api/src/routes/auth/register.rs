use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kith_http::Body;
use kith_wire::{AuthSession, Data, ErrorEnvelope, Register};

use super::device::answer;
use super::user_agent;
use crate::limits::Stranger;
use crate::usecases::auth;
use crate::{Core, Failure};

/// Makes an account and logs in. The answer sets the cookie that `/auth/login` does.
#[utoipa::path(
    post, path = "/auth/register", tag = "auth", operation_id = "auth_register",
    request_body = Register,
    responses(
        (status = 201, description = "Logged in", body = Data<AuthSession>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION: this instance takes no new accounts", body = ErrorEnvelope),
        (status = 409, description = "USERNAME_TAKEN", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
)]
pub(super) async fn register(
    Stranger(address): Stranger,
    State(core): State<Core>,
    headers: HeaderMap,
    Body(body): Body<Register>,
) -> Result<Response, Failure> {
    let made = auth::register(&core, address, user_agent(&headers), &body).await?;
    Ok(answer(&core, StatusCode::CREATED, made))
}
