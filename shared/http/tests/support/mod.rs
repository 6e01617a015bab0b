//! What the kit's tests share.
#![expect(
    unreachable_pub,
    reason = "each test compiles it as a module of its own"
)]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use kith_http::{Surroundings, TrustedProxies, surround};
use kith_runtime::Lifecycle;
use kith_testkit::Client;
use kith_types::{ManualClock, OsEntropy, Timestamp};

/// A server that believes `proxies`, and a client of it. It lives as long as the lifecycle.
pub async fn serve(routes: Router, proxies: &[&str], timeout: Duration) -> (Client, Lifecycle) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let client = Client::new(&format!(
        "http://{}",
        listener.local_addr().expect("it listens")
    ));
    let surroundings = Surroundings {
        proxies: TrustedProxies::new(
            proxies
                .iter()
                .map(|network| network.parse().expect("a network")),
        ),
        timeout,
        clock: Arc::new(ManualClock::new(Timestamp::from_millis(1_795_255_200_000))),
        entropy: Arc::new(OsEntropy),
    };
    let lifecycle = Lifecycle::new();
    let serving = lifecycle.clone();
    lifecycle.spawn("http", async move {
        kith_runtime::serve(&serving, listener, surround(routes, surroundings)).await
    });
    (client, lifecycle)
}
