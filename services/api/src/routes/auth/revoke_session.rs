use axum::extract::State;
use kith_http::NoContent;
use kith_store::Store;
use kith_types::SessionId;
use kith_wire::ErrorEnvelope;

use crate::Failure;
use crate::access::{PathIds, SignedIn};
use crate::outbox::Publisher;
use crate::usecases::auth;

/// Ends one of one's own sessions, and closes its sockets.
#[utoipa::path(
    delete, path = "/auth/sessions/{session}", tag = "auth", operation_id = "auth_sessions_revoke",
    params(("session" = SessionId, Path)),
    responses(
        (status = 204, description = "Done"),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn revoke_session(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
    State(publisher): State<Publisher>,
    PathIds(session): PathIds<SessionId>,
) -> Result<NoContent, Failure> {
    auth::revoke_session(&store, &publisher, &actor, session).await?;
    Ok(NoContent)
}
