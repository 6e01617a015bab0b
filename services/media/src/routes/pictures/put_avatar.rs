use axum::extract::{Request, State};
use kith_access::SignedIn;
use kith_http::Reply;
use kith_wire::{Data, ErrorEnvelope, User};

use crate::usecases::incoming::Incoming;
use crate::usecases::pictures::put_avatar as act;
use crate::{Core, Failure};

/// Set one's own picture
///
/// The body is a PNG, JPEG, WebP or GIF image, as its first bytes say. Its middle is kept, 256 × 256 pixels at most, and nothing
/// of what it says about who made it. Whoever shares a guild or a direct message learns of it.
#[utoipa::path(
    put, path = "/users/@me/avatar", tag = "files",
    request_body(content = [u8], content_type = "application/octet-stream"),
    responses(
        (status = 200, body = Data<User>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 409, description = "CONFLICT", body = ErrorEnvelope),
        (status = 413, description = "PAYLOAD_TOO_LARGE", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn put_avatar(
    SignedIn(actor): SignedIn,
    State(core): State<Core>,
    request: Request,
) -> Result<Reply<User>, Failure> {
    let incoming = Incoming::new(request, actor.user.id);
    Ok(Reply::ok(act(&core, actor.user.id, incoming).await?))
}
