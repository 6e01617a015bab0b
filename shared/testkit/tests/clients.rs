//! The gateway client against a few frames that a gateway could send.

use futures_util::{SinkExt, StreamExt};
use kith_testkit::{Gateway, GatewayEnd};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

async fn accept(listener: &TcpListener, frames: &[Value]) -> (Value, WebSocketStream<TcpStream>) {
    let (stream, _) = listener.accept().await.expect("the client connects");
    let mut socket = accept_async(stream).await.expect("it speaks WebSocket");
    let hello = json!({"op": "HELLO", "d": {"heartbeat_interval": 30_000}});
    socket
        .send(Message::text(hello.to_string()))
        .await
        .expect("it listens");
    let first = socket
        .next()
        .await
        .expect("it speaks")
        .expect("it is whole");
    for frame in frames {
        socket
            .send(Message::text(frame.to_string()))
            .await
            .expect("it listens");
    }
    (
        serde_json::from_str(first.to_text().expect("text")).expect("JSON"),
        socket,
    )
}

fn dispatch(t: &str, s: u64, d: &Value) -> Value {
    json!({"op": "DISPATCH", "t": t, "s": s, "d": d})
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let url = format!(
        "ws://{}/gateway",
        listener.local_addr().expect("it listens")
    );
    (listener, url)
}

#[tokio::test]
async fn it_identifies_skips_what_is_not_expected_and_remembers_all() {
    let (listener, url) = listen().await;
    let frames = [
        dispatch(
            "READY",
            7,
            &json!({"session_id": "abc", "guilds": [{"id": "g"}]}),
        ),
        dispatch("GUILD_CREATE", 7, &json!({})),
        json!({"op": "DISPATCH", "t": "TYPING_START", "d": {}}),
        dispatch("MESSAGE_CREATE", 8, &json!({"rev": 1})),
        dispatch("MESSAGE_CREATE", 9, &json!({"rev": 2})),
    ];
    let ((first, mut socket), (mut gateway, ready)) =
        tokio::join!(accept(&listener, &frames), Gateway::ready(&url, "token"));
    assert_eq!(first, json!({"op": "IDENTIFY", "d": {"token": "token"}}));
    assert_eq!(
        (&ready["s"], gateway.session_id()),
        (&json!(7), Some("abc"))
    );
    let second = gateway
        .expect_where("MESSAGE_CREATE", |d| d["rev"] == 2)
        .await;
    assert_eq!((&second["s"], gateway.last_s()), (&json!(9), Some(9)));
    assert_eq!(
        (
            gateway.dispatches("MESSAGE_CREATE").len(),
            gateway.received().len()
        ),
        (2, 6)
    );
    let close = CloseFrame {
        code: 4009.into(),
        reason: "".into(),
    };
    socket.close(Some(close)).await.unwrap();
    assert_eq!(gateway.end().await, GatewayEnd::Closed(4009));
}

#[tokio::test]
#[should_panic(expected = "s went back from 8 to 7")]
async fn it_fails_when_s_goes_back() {
    let (listener, url) = listen().await;
    let frames = [
        dispatch("MESSAGE_CREATE", 8, &json!({})),
        dispatch("MESSAGE_CREATE", 7, &json!({})),
    ];
    let (_socket, mut gateway) = tokio::join!(
        accept(&listener, &frames),
        Gateway::resume(&url, "token", "abc", 5)
    );
    gateway.expect("MESSAGE_UPDATE").await;
}

#[tokio::test]
#[should_panic(expected = "Broken instead of MESSAGE_CREATE")]
async fn it_fails_with_what_came_instead() {
    let (listener, url) = listen().await;
    let (accepted, mut gateway) = tokio::join!(
        accept(&listener, &[]),
        Gateway::resume(&url, "token", "abc", 5)
    );
    assert_eq!(accepted.0["d"]["s"], 5);
    drop(accepted);
    gateway.expect("MESSAGE_CREATE").await;
}
