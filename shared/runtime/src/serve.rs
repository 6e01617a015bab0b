use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::Lifecycle;

/// Serves HTTP until [`Lifecycle::stopping`], then until what was under way is answered. Handlers find the
/// peer's address in `ConnectInfo<SocketAddr>`.
pub async fn serve(lifecycle: &Lifecycle, listener: TcpListener, routes: Router) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        // Answers and frames are written whole; waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "a connection is already gone");
        }
    });
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, routes)
        .with_graceful_shutdown(lifecycle.stopping_token().cancelled_owned())
        .await
}
