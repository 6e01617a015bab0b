//! The operator's page over real HTTP, and the server that services use.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use kith_runtime::{Ending, Lifecycle, install_metrics, ops, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn get_page(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn figure(page: &str, name: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} is not exported"))
        .trim()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_page_tells_health_and_metrics_until_the_very_end() {
    let lifecycle = Lifecycle::new();
    let (own, address) = listener().await;
    ops::spawn(&lifecycle, own, install_metrics().unwrap());
    let postgres = lifecycle.health().required("postgres");

    assert!(
        get_page(address, "/health/live")
            .await
            .starts_with("HTTP/1.1 200")
    );
    let ready = get_page(address, "/health/ready").await;
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(
        ready.contains(r#"{"name":"postgres","reason":"starting"}"#),
        "{ready}"
    );
    postgres.up();
    assert!(
        get_page(address, "/health/ready")
            .await
            .starts_with("HTTP/1.1 200")
    );

    metrics::histogram!("test_seconds").record(0.02);
    let first = get_page(address, "/metrics").await;
    let second = get_page(address, "/metrics").await;
    let name = "process_uptime_seconds";
    assert!(figure(&second, name) > figure(&first, name));
    for name in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "test_seconds_bucket{le=\"0.025\"}",
        "kith_tasks{task=\"ops\"}",
    ] {
        assert!(figure(&first, name) > 0.0, "{first}");
    }
    assert!(figure(&first, "process_cpu_seconds_total") >= 0.0);

    // A request that is under way when the process stops is still answered, and the page is still there.
    let (service, service_address) = listener().await;
    let (arrived, mut has_arrived) = tokio::sync::mpsc::channel::<()>(1);
    let (go, gate) = tokio::sync::watch::channel(false);
    let slow = move |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
        arrived.send(()).await.unwrap();
        gate.clone().wait_for(|open| *open).await.unwrap();
        peer.ip().to_string()
    };
    let own = lifecycle.clone();
    lifecycle.spawn("service", async move {
        serve(&own, service, Router::new().route("/", get(slow))).await
    });
    let under_way = async {
        let answer = get_page(service_address, "/").await;
        assert!(answer.ends_with("127.0.0.1"), "{answer}");
    };
    let stop = async {
        has_arrived.recv().await.unwrap();
        lifecycle.stop();
        let ready = get_page(address, "/health/ready").await;
        assert!(ready.contains(r#""status":"stopping""#), "{ready}");
        go.send(true).unwrap();
    };
    let (ending, (), ()) = tokio::join!(lifecycle.clone().run_to_end(), under_way, stop);
    assert_eq!(ending, Ending::Orderly);
    assert!(TcpStream::connect(service_address).await.is_err());
    assert!(TcpStream::connect(address).await.is_err());
}
