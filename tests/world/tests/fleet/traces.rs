//! One trace, from the request that posts to the sockets that receive, as an operator's collector gets it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use kith_testkit::until;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;

use kith_world::people::says;
use kith_world::world::World;

pub(crate) const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
const CALLER: u64 = 0x00f0_67aa_0ba9_02b7;

/// The spans that arrived.
pub(crate) type Spans = Arc<Mutex<Vec<Span>>>;

/// A collector as operators run one: OTLP over HTTP, here only as far as it keeps what it gets.
pub(crate) async fn collector() -> (String, Spans) {
    let spans = Spans::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is open");
    let collect = |State(spans): State<Spans>, body: Bytes| async move {
        let request = ExportTraceServiceRequest::decode(body).expect("it is OTLP");
        let scopes = request
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans);
        let arrived = scopes.flat_map(|scope| scope.spans);
        spans.lock().expect("nobody panics").extend(arrived);
    };
    let routes = Router::new()
        .route("/v1/traces", post(collect))
        .with_state(spans.clone());
    #[expect(
        clippy::disallowed_methods,
        reason = "the collector is not a part of a process of ours"
    )]
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("http://{address}"), spans)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_and_its_fan_out_are_one_trace() {
    let (endpoint, spans) = collector().await;
    let world = World::builder()
        .set("KITH_TELEMETRY_OTLP_ENDPOINT", &endpoint)
        .start()
        .await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (guild, channel) = ada.create_guild("Traced").await;
    ada.bring(&guild, &bob).await;
    let mut socket = world.socket(&bob, 0).await;

    let answer = reqwest::Client::new()
        .post(format!(
            "{}/api/v1/channels/{channel}/messages",
            ada.account.client.base()
        ))
        .bearer_auth(&ada.account.access_token)
        .header("traceparent", format!("00-{TRACE:032x}-{CALLER:016x}-01"))
        .json(&json!({ "content": "follow me" }))
        .send()
        .await
        .expect("it answers");
    assert_eq!(answer.status(), 201);
    socket
        .expect_where("MESSAGE_CREATE", says("follow me"))
        .await;

    let named = |name: &str| {
        let spans = spans.lock().expect("nobody panics");
        let mut found = spans
            .iter()
            .filter(|span| span.name == name && span.trace_id == TRACE.to_be_bytes());
        found
            .next()
            .cloned()
            .ok_or_else(|| format!("there is no {name} of the trace yet"))
    };
    let request = until("the request is exported", async || named("request")).await;
    let fan_out = until("the fan-out is exported", async || named("gateway.fan_out")).await;
    assert_eq!(request.parent_span_id, CALLER.to_be_bytes());
    assert_eq!(fan_out.parent_span_id, request.span_id);
    assert!(fan_out.start_time_unix_nano >= request.start_time_unix_nano);
    world.finish().await;
}
