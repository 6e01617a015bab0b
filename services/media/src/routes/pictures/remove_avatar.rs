use axum::extract::State;
use kith_access::SignedIn;
use kith_http::NoContent;
use kith_wire::ErrorEnvelope;

use crate::usecases::pictures::remove_avatar as act;
use crate::{Core, Failure};

/// Remove one's own picture
#[utoipa::path(
    delete, path = "/users/@me/avatar", tag = "files",
    responses(
        (status = 204, description = "There is none (any more)"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 409, description = "CONFLICT", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn remove_avatar(
    SignedIn(actor): SignedIn,
    State(core): State<Core>,
) -> Result<NoContent, Failure> {
    act(&core, &actor.user).await?;
    Ok(NoContent)
}
