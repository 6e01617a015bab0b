use axum::extract::State;
use kith_http::{Body, Reply};
use kith_wire::{Data, ErrorEnvelope, Refresh, Tokens};

use crate::limits::Stranger;
use crate::usecases::auth;
use crate::{Core, Failure};

/// Exchanges a refresh token for the next pair. Each works once; one that comes twice ends its session.
#[utoipa::path(
    post, path = "/auth/refresh", tag = "auth", operation_id = "auth_refresh",
    request_body = Refresh,
    responses(
        (status = 200, description = "The next pair", body = Data<Tokens>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "INVALID_REFRESH_TOKEN", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
)]
pub(super) async fn refresh(
    _from: Stranger,
    State(core): State<Core>,
    Body(body): Body<Refresh>,
) -> Result<Reply<Tokens>, Failure> {
    let data = auth::refresh(&core, &body.refresh_token).await?;
    Ok(Reply::ok(data))
}
