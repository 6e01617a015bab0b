use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Lifecycle;

/// How long somebody may take from connecting to the end of the first request's head. Proxies send it at once; whoever is silent
/// or dribbles holds a connection no longer.
const FIRST_HEAD: Duration = Duration::from_secs(10);
/// How long a connection may be idle, and the head of a later request may take. Longer than Go's HTTP client (and so the front door)
/// keeps idle connections, 90 seconds, or Caddy, two minutes: a request must not cross with the end of its connection.
const IDLE: Duration = Duration::from_secs(150);
/// After a connection could not be taken, as when no more files may be open.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves HTTP until [`Lifecycle::stopping`], then until what was under way is answered. Handlers find the
/// peer's address in `ConnectInfo<SocketAddr>`.
pub async fn serve(lifecycle: &Lifecycle, listener: TcpListener, routes: Router) -> io::Result<()> {
    let stopping = lifecycle.stopping_token();
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(error = %error, "a connection cannot be taken");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        // Answers and frames are written whole; waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "a connection is already gone");
        }
        let connection = Box::pin(connection(stream, peer, routes.clone(), stopping.clone()));
        lifecycle.spawn_for_client("http-connection", connections.track_future(connection));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
    Ok(())
}

/// Serves one connection to its end, or until it becomes another protocol's.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    stopping: CancellationToken,
) {
    let routes = TowerToHyperService::new(routes);
    let begun = Arc::new(AtomicBool::new(false));
    let has_begun = begun.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        has_begun.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(ConnectInfo(peer));
        routes.call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE);
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving.with_upgrades());
    let mut first_head = pin!(tokio::time::sleep(FIRST_HEAD));
    let (mut waits, mut ends) = (true, false);
    loop {
        tokio::select! {
            served = serving.as_mut() => {
                if let Err(error) = served {
                    tracing::debug!(error = %error, "a connection broke");
                }
                return;
            }
            () = first_head.as_mut(), if waits => {
                if !begun.load(Ordering::Relaxed) {
                    return;
                }
                waits = false;
            }
            () = stopping.cancelled(), if !ends => {
                serving.as_mut().graceful_shutdown();
                ends = true;
            }
        }
    }
}
