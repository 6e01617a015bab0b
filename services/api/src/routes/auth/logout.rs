use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::SignedIn;
use crate::outbox::Publisher;
use crate::usecases::auth;

/// Ends the session that asks, and closes its sockets.
#[utoipa::path(
    post, path = "/auth/logout", tag = "auth", operation_id = "auth_logout",
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn logout(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
) -> Result<NoContent, Failure> {
    auth::logout(&store, &publisher, &actor).await?;
    Ok(NoContent)
}
