//! How a session begins and ends.

use kith_testkit::{Gateway, GatewayEnd};
use serde_json::json;

use crate::fleet::{Fleet, hears};
use crate::truth::{Truth, token};

fn one_guild() -> Truth {
    let mut truth = Truth::new();
    truth.found(1, &[1, 2, 3], 1);
    truth
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_breaks_the_rules_is_closed_with_its_code() {
    let fleet = Fleet::start(one_guild()).await;
    let gateway = fleet.gateway().await;
    let before = [
        ("{", 4002),
        (r#"{"op":"FLY"}"#, 4003),
        (r#"{"op":"IDENTIFY","d":{"token":7}}"#, 4002),
        (r#"{"op":"IDENTIFY","d":{"token":"nobody's"}}"#, 4004),
    ];
    for (text, code) in before {
        let mut client = Gateway::connect(&gateway.url).await;
        client.send_text(text).await;
        assert_eq!(client.end().await, GatewayEnd::Closed(code), "after {text}");
    }
    let identify = json!({"op": "IDENTIFY", "d": {"token": token(1)}}).to_string();
    let long = format!(r#"{{"op":"HEARTBEAT","d":"{}"}}"#, "x".repeat(10_000));
    for (text, code) in [
        (identify.as_str(), 4005),
        (r#"{"op":"FLY"}"#, 4001),
        ("[]", 4002),
        (&long, 4002),
    ] {
        let mut client = gateway.ready(1).await;
        client.send_text(text).await;
        assert_eq!(
            client.end().await,
            GatewayEnd::Closed(code),
            "after {text:.40}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_is_acknowledged_and_a_flood_is_stopped() {
    let fleet = Fleet::with(
        one_guild(),
        &[("KITH_GATEWAY_HEARTBEAT_INTERVAL_MS", "1000")],
    )
    .await;
    let gateway = fleet.gateway().await;
    let mut client = gateway.ready(1).await;
    // The client itself sends one every second, without which it would be gone by now.
    while client
        .received()
        .iter()
        .filter(|frame| frame["op"] == "HEARTBEAT_ACK")
        .count()
        < 3
    {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(200), client.frame()).await;
    }
    for _ in 0..130 {
        client.send(&json!({"op": "HEARTBEAT", "d": {}})).await;
    }
    assert_eq!(client.end().await, GatewayEnd::Closed(4008));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_no_heartbeat_is_closed() {
    let fleet = Fleet::with(
        one_guild(),
        &[("KITH_GATEWAY_HEARTBEAT_INTERVAL_MS", "1000")],
    )
    .await;
    let gateway = fleet.gateway().await;
    let url = gateway.url.strip_prefix("ws://").unwrap();
    let stream = tokio::net::TcpStream::connect(url.split('/').next().unwrap())
        .await
        .unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(&gateway.url, stream)
        .await
        .unwrap();
    let identify = json!({"op": "IDENTIFY", "d": {"token": token(1)}}).to_string();
    futures_util::SinkExt::send(&mut socket, identify.into())
        .await
        .unwrap();
    let code = loop {
        match futures_util::StreamExt::next(&mut socket).await {
            Some(Ok(tokio_tungstenite::tungstenite::Message::Close(close))) => {
                break close.unwrap().code;
            }
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(u16::from(code), 4009);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_log_in_closes_its_sockets() {
    let fleet = Fleet::start(one_guild()).await;
    let gateway = fleet.gateway().await;
    let (mut one, mut two) = (gateway.ready(1).await, gateway.ready(2).await);
    fleet.does(|it| it.log_out(2)).await;
    fleet.does(|it| it.post(1, 0, "after")).await;
    assert_eq!(two.end().await, GatewayEnd::Closed(4004));
    assert_eq!(two.dispatches("MESSAGE_CREATE").len(), 0);
    hears(&mut one, "after").await;
    let mut again = Gateway::connect(&gateway.url).await;
    again
        .send(&json!({"op": "IDENTIFY", "d": {"token": token(2)}}))
        .await;
    assert_eq!(again.end().await, GatewayEnd::Closed(4004));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_ends_sends_its_clients_elsewhere_and_nothing_is_missed() {
    let fleet = Fleet::start(one_guild()).await;
    let (first, second) = (fleet.gateway().await, fleet.gateway().await);
    let mut client = first.ready(1).await;
    let ready = client.dispatches("READY")[0].clone();
    first.lifecycle.stop();
    client.expect_op("RECONNECT").await;
    assert_eq!(client.end().await, GatewayEnd::Closed(1012));
    fleet.does(|it| it.post(1, 0, "meanwhile")).await;
    let session_id = ready["d"]["session_id"].as_str().unwrap();
    let mut client = Gateway::resume(
        &second.url,
        &token(1),
        session_id,
        ready["s"].as_u64().unwrap(),
    )
    .await;
    hears(&mut client, "meanwhile").await;
    client.expect_op("RESUMED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_web_socket_is_told_so() {
    let fleet = Fleet::start(one_guild()).await;
    let gateway = fleet.gateway().await;
    let base = gateway
        .url
        .replace("ws://", "http://")
        .replace("/gateway", "");
    let client = kith_testkit::Client::new(&base);
    client
        .get("/gateway")
        .await
        .expect_error(400, "INVALID_REQUEST");
    client
        .get("/elsewhere")
        .await
        .expect_error(404, "NOT_FOUND");
}
