use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::PATIENCE;

/// A client of the WebSocket gateway that remembers everything that it received.
pub struct Gateway {
    socket: WebSocketStream<TcpStream>,
    heartbeat: Duration,
    next_heartbeat: Instant,
    last_s: Option<u64>,
    session_id: Option<String>,
    received: Vec<Value>,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayEnd {
    /// The server closed it with this code.
    Closed(u16),
    /// It broke without a word.
    Broken,
}

impl Gateway {
    /// Connects and waits for HELLO. `url` is the gateway's address, such as `ws://127.0.0.1:30124/gateway`.
    ///
    /// # Panics
    /// If nobody answers as a gateway.
    pub async fn connect(url: &str) -> Self {
        let connected = Self::try_connect(url).await;
        connected.unwrap_or_else(|end| panic!("{url}: {end:?} instead of HELLO"))
    }

    /// As [`Self::connect`], where a gateway may be away.
    ///
    /// # Panics
    /// If somebody answers who is no gateway.
    pub async fn try_connect(url: &str) -> Result<Self, GatewayEnd> {
        let deadline = Instant::now() + PATIENCE;
        let connecting = tokio::time::timeout_at(deadline, Self::open(url)).await;
        let Ok(Ok(socket)) = connecting else {
            return Err(GatewayEnd::Broken);
        };
        let mut gateway = Self {
            socket,
            heartbeat: PATIENCE,
            next_heartbeat: deadline,
            last_s: None,
            session_id: None,
            received: Vec::new(),
        };
        let hello = tokio::time::timeout_at(deadline, gateway.message()).await;
        let hello = hello.unwrap_or(Err(GatewayEnd::Broken))?;
        assert_eq!(hello["op"], "HELLO", "the first frame was {hello}");
        let millis = hello["d"]["heartbeat_interval"]
            .as_u64()
            .expect("HELLO says when heartbeats are due");
        gateway.heartbeat = Duration::from_millis(millis);
        gateway.next_heartbeat = Instant::now() + gateway.heartbeat;
        Ok(gateway)
    }

    async fn open(url: &str) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
        let address = url
            .strip_prefix("ws://")
            .and_then(|rest| rest.split('/').next());
        let stream = TcpStream::connect(address.expect("the address begins with ws://")).await?;
        stream.set_nodelay(true)?;
        Ok(client_async(url, stream).await?.0)
    }

    /// Connects, identifies, and waits for READY, which is returned (the whole frame), and all its GUILD_CREATEs.
    pub async fn ready(url: &str, token: &str) -> (Self, Value) {
        let mut gateway = Self::connect(url).await;
        gateway
            .send(&json!({ "op": "IDENTIFY", "d": { "token": token } }))
            .await;
        let ready = gateway.expect("READY").await;
        for _ in ready["d"]["guilds"].as_array().expect("READY lists guilds") {
            gateway.expect("GUILD_CREATE").await;
        }
        (gateway, ready)
    }

    /// Connects and resumes; what was missed comes first, then RESUMED.
    pub async fn resume(url: &str, token: &str, session_id: &str, s: u64) -> Self {
        let mut gateway = Self::connect(url).await;
        let sent = gateway.go_on(token, session_id, s).await;
        sent.expect("the connection is open");
        gateway
    }

    /// Sends RESUME on a new connection.
    pub async fn go_on(&mut self, token: &str, session_id: &str, s: u64) -> Result<(), GatewayEnd> {
        self.go_on_without(token, session_id, s, &[]).await
    }

    /// As [`Self::go_on`], of a client that was told that these guilds are unavailable.
    pub async fn go_on_without(
        &mut self,
        token: &str,
        session_id: &str,
        s: u64,
        unavailable: &[String],
    ) -> Result<(), GatewayEnd> {
        self.last_s = Some(s);
        self.session_id = Some(session_id.to_owned());
        let mut resume = json!({ "token": token, "session_id": session_id, "s": s });
        if !unavailable.is_empty() {
            resume["unavailable"] = json!(unavailable);
        }
        self.try_send(&json!({ "op": "RESUME", "d": resume })).await
    }

    /// Sends a frame.
    ///
    /// # Panics
    /// If the connection is broken.
    pub async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends a frame, where the connection may be broken.
    pub async fn try_send(&mut self, frame: &Value) -> Result<(), GatewayEnd> {
        let sent = self.socket.send(Message::text(frame.to_string())).await;
        sent.map_err(|_| GatewayEnd::Broken)
    }

    /// Sends any text, also what is no frame.
    ///
    /// # Panics
    /// If the connection is broken.
    pub async fn send_text(&mut self, text: &str) {
        self.socket
            .send(Message::text(text))
            .await
            .expect("the connection is open");
    }

    /// The next frame, whatever it is but HEARTBEAT_ACK, or how the connection ended.
    ///
    /// # Panics
    /// If nothing comes within [`PATIENCE`], or if `s` goes back.
    pub async fn frame(&mut self) -> Result<Value, GatewayEnd> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match tokio::time::timeout_at(deadline, self.message()).await {
                Ok(Ok(frame)) if frame["op"] == "HEARTBEAT_ACK" => {}
                Ok(answer) => return answer,
                Err(late) => panic!("nothing came, {late}; received before:\n{}", self.listing()),
            }
        }
    }

    /// The next frame, or how the connection ended. It may be dropped while it waits: nothing is lost by that.
    ///
    /// # Panics
    /// If `s` goes back.
    pub async fn message(&mut self) -> Result<Value, GatewayEnd> {
        loop {
            let message = tokio::select! {
                message = self.socket.next() => message,
                () = tokio::time::sleep_until(self.next_heartbeat) => {
                    self.next_heartbeat += self.heartbeat;
                    let beat = json!({ "op": "HEARTBEAT", "d": { "s": self.last_s } });
                    self.try_send(&beat).await?;
                    continue;
                }
            };
            let text = match message {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(Some(close)))) => {
                    return Err(GatewayEnd::Closed(close.code.into()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(GatewayEnd::Broken),
                Some(Ok(_)) => continue,
            };
            let frame: Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
            self.note(&frame);
            return Ok(frame);
        }
    }

    fn note(&mut self, frame: &Value) {
        self.received.push(frame.clone());
        if frame["t"] == "READY" {
            self.session_id = frame["d"]["session_id"].as_str().map(str::to_owned);
        }
        let Some(s) = frame["s"].as_u64() else { return };
        if let Some(last) = self.last_s.filter(|_| frame["t"] != "READY") {
            assert!(
                s >= last,
                "s went back from {last} to {s}; received:\n{}",
                self.listing()
            );
        }
        self.last_s = Some(s);
    }

    /// The next dispatch `t`; other frames before it are skipped (and remembered).
    ///
    /// # Panics
    /// With all that was received if it does not come.
    pub async fn expect(&mut self, t: &str) -> Value {
        self.expect_where(t, |_| true).await
    }

    /// The next dispatch `t` whose `d` is the one; other frames before it are skipped (and remembered).
    ///
    /// # Panics
    /// With all that was received if it does not come.
    pub async fn expect_where(&mut self, t: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let before = self.received.len();
        let deadline = Instant::now() + PATIENCE;
        while let Ok(next) = tokio::time::timeout_at(deadline, self.frame()).await {
            match next {
                Ok(frame) if frame["t"] == t && is_it(&frame["d"]) => return frame,
                Ok(_) => {}
                Err(end) => panic!("{end:?} instead of {t}; received:\n{}", self.listing()),
            }
        }
        let instead = self.received.len() - before;
        panic!(
            "{t} did not come, {instead} other frames did; received in all:\n{}",
            self.listing()
        )
    }

    /// The next frame with this `op`; others before it are skipped (and remembered).
    ///
    /// # Panics
    /// With all that was received if it does not come.
    pub async fn expect_op(&mut self, op: &str) -> Value {
        loop {
            match self.frame().await {
                Ok(frame) if frame["op"] == op => return frame,
                Ok(_) => {}
                Err(end) => panic!("{end:?} instead of {op}; received:\n{}", self.listing()),
            }
        }
    }

    /// Waits for the answer to a HEARTBEAT; other frames before it are skipped (and remembered).
    ///
    /// # Panics
    /// If it does not come.
    pub async fn acknowledged(&mut self) {
        let acknowledgements = |gateway: &Self| {
            let of_heartbeats = |frame: &&Value| frame["op"] == "HEARTBEAT_ACK";
            gateway.received.iter().filter(of_heartbeats).count()
        };
        let before = acknowledgements(self);
        let deadline = Instant::now() + PATIENCE;
        while acknowledgements(self) == before {
            let message = tokio::time::timeout_at(deadline, self.message()).await;
            match message {
                Ok(Ok(_)) => {}
                Ok(Err(end)) => panic!("{end:?} instead of HEARTBEAT_ACK"),
                Err(late) => panic!(
                    "no HEARTBEAT_ACK came, {late}; received:\n{}",
                    self.listing()
                ),
            }
        }
    }

    /// Reads on until the connection ends, and says how.
    pub async fn end(&mut self) -> GatewayEnd {
        loop {
            if let Err(end) = self.frame().await {
                return end;
            }
        }
    }

    /// Breaks the connection without a word, as a lost network would.
    pub fn abandon(self) {
        drop(self.socket);
    }

    /// All frames so far, oldest first.
    pub fn received(&self) -> &[Value] {
        &self.received
    }

    /// The dispatches `t` so far, oldest first.
    pub fn dispatches(&self, t: &str) -> Vec<&Value> {
        self.received
            .iter()
            .filter(|frame| frame["t"] == t)
            .collect()
    }

    /// The last `s`.
    pub fn last_s(&self) -> Option<u64> {
        self.last_s
    }

    /// From READY, for RESUME.
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    fn listing(&self) -> String {
        let lines: Vec<_> = self.received.iter().map(Value::to_string).collect();
        lines.join("\n")
    }
}
