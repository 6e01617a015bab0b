use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use kith_http::{ApiError, ClientAddress};
use kith_wire::ErrorCode;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::doors::Crowded;
use super::session::Session;
use crate::Gateway;

/// When somebody may come back from an address that has too many sockets: as long as strangers have to say who they are.
const CROWDED: Duration = Duration::from_secs(10);

/// The gateway's only route.
pub(crate) fn routes(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/gateway", get(upgrade))
        .with_state(gateway)
}

/// Answers the handshake. Then the connection is no longer HTTP's: frames are read and written on the bare socket.
async fn upgrade(
    State(gateway): State<Arc<Gateway>>,
    address: ClientAddress,
    mut request: Request,
) -> Result<Response, ApiError> {
    let key = requested(request.headers()).ok_or_else(|| {
        let words = "this is a WebSocket: connect with version 13 of that protocol";
        ApiError::new(ErrorCode::InvalidRequest, words)
    })?;
    let visit = gateway
        .doors
        .enter(address)
        .map_err(|Crowded| ApiError::from(ErrorCode::RateLimited).with_retry_after(CROWDED))?;
    let accept =
        HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(ApiError::internal)?;
    let upgrade = request
        .extensions_mut()
        .remove::<OnUpgrade>()
        .ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidRequest,
                "this connection cannot become a WebSocket",
            )
        })?;
    let lifecycle = gateway.lifecycle.clone();
    // The lifecycle wraps the task, and each wrapping would take its size once more.
    let task = Box::pin(async move {
        // The client may be gone before it has the answer.
        let Ok(upgraded) = upgrade.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
            tracing::error!(
                "the server's connections are not bare TCP; the gateway cannot use them"
            );
            return;
        };
        let session = Session::new(gateway, visit, parts.io.into_inner(), &parts.read_buf);
        drop(parts.read_buf);
        Box::pin(session.serve()).await;
    });
    lifecycle.spawn_for_client("gateway-session", task);
    let headers = [
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// The key of a request for a WebSocket; none if it is not one.
fn requested(headers: &HeaderMap) -> Option<&HeaderValue> {
    let says = |name: HeaderName, wanted: &str| {
        let values = headers
            .get_all(name)
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        let mut tokens = values.flat_map(|value| value.split(','));
        tokens.any(|token| token.trim().eq_ignore_ascii_case(wanted))
    };
    let asked = says(CONNECTION, "upgrade")
        && says(UPGRADE, "websocket")
        && says(SEC_WEBSOCKET_VERSION, "13");
    headers.get(SEC_WEBSOCKET_KEY).filter(|_| asked)
}
