use axum::extract::State;
use axum::http::HeaderMap;
use kith_http::{Body, Reply};
use kith_wire::{AuthSession, Data, ErrorEnvelope, Login};

use super::user_agent;
use crate::limits::Stranger;
use crate::usecases::auth;
use crate::{Core, Failure};

/// Begins a session.
#[utoipa::path(
    post, path = "/auth/login", tag = "auth", operation_id = "auth_login",
    request_body = Login,
    responses(
        (status = 200, description = "Logged in", body = Data<AuthSession>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "INVALID_CREDENTIALS", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
)]
pub(super) async fn login(
    Stranger(address): Stranger,
    State(core): State<Core>,
    headers: HeaderMap,
    Body(body): Body<Login>,
) -> Result<Reply<AuthSession>, Failure> {
    let data = auth::login(&core, address, user_agent(&headers), &body).await?;
    Ok(Reply::ok(data))
}
