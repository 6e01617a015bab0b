//! Spans reach a collector over real HTTP, as parts of the trace that came in.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use kith_config::{LogFormat, TelemetryConfig};
use kith_runtime::{current_traceparent, init_telemetry, set_parent};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const TRACE: [u8; 16] = [
    0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36,
];
const INCOMING: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_is_exported_as_a_part_of_the_trace_that_came_in() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (send, mut received) = mpsc::channel::<Bytes>(8);
    let collect = |State(send): State<mpsc::Sender<Bytes>>, body: Bytes| async move {
        send.send(body).await.unwrap();
    };
    let routes = Router::new()
        .route("/v1/traces", post(collect))
        .with_state(send);
    #[expect(
        clippy::disallowed_methods,
        reason = "the collector is not a part of a process of ours"
    )]
    tokio::spawn(async move { axum::serve(listener, routes).await });

    assert_eq!(current_traceparent(), None, "nothing is traced yet");
    let config = TelemetryConfig {
        // Traces do not depend on what is logged.
        log: "off".to_owned(),
        format: LogFormat::Json,
        otlp_endpoint: Some(format!("http://{address}")),
    };
    let telemetry = init_telemetry(&config, "kith.example", "test").unwrap();

    let span = tracing::info_span!(target: "kith_test", "fan_out");
    set_parent(&span, INCOMING);
    let outgoing = span.in_scope(current_traceparent).unwrap();
    assert_eq!(outgoing[..36], INCOMING[..36], "the trace stays the same");
    assert_ne!(outgoing, INCOMING, "and the span is another");
    drop(span);

    let fresh = tracing::info_span!(target: "kith_test", "fresh");
    set_parent(&fresh, "garbage");
    let outgoing = fresh.in_scope(current_traceparent).unwrap();
    assert_ne!(outgoing[..36], INCOMING[..36]);
    drop(fresh);

    telemetry.flush().await;
    let body = received.recv().await.unwrap();
    assert!(contains(&body, &TRACE) && contains(&body, b"fan_out") && contains(&body, b"fresh"));
    assert!(contains(&body, b"kith.example"), "the instance is named");
}
