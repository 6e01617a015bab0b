use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kith_http::Body;
use kith_wire::{AuthSession, Data, ErrorEnvelope, Login};

use super::device::{answer, shown};
use super::user_agent;
use crate::limits::Stranger;
use crate::usecases::auth;
use crate::{Core, Failure};

/// Begins a session.
///
/// The answer sets a cookie for this route, `kith_device`, that says that somebody has logged in from this device before. It gives no
/// rights: with it, what others guess does not keep its owner out.
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
) -> Result<Response, Failure> {
    let agent = user_agent(&headers);
    let logged_in = auth::login(&core, address, agent, shown(&headers), &body).await?;
    Ok(answer(&core, StatusCode::OK, logged_in))
}
