use axum::extract::State;
use kith_http::Reply;
use kith_store::Store;
use kith_wire::{Data, ErrorEnvelope, Session};

use crate::Failure;
use crate::access::SignedIn;
use crate::usecases::auth;

/// One's own sessions, the last used first.
#[utoipa::path(
    get, path = "/auth/sessions", tag = "auth", operation_id = "auth_sessions_list",
    responses(
        (status = 200, description = "As asked", body = Data<Vec<Session>>),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list_sessions(
    SignedIn(actor): SignedIn,
    State(store): State<Store>,
) -> Result<Reply<Vec<Session>>, Failure> {
    Ok(Reply::ok(auth::list_sessions(&store, &actor).await?))
}
