use std::fs;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::launch;
use crate::{Folder, Process, RunAs, free_port, tools, until};

/// A LiveKit server on the loopback interface, with one port for media. A restart forgets its rooms.
#[derive(Debug)]
pub struct LiveKit {
    port: u16,
    udp_port: u16,
    tcp_port: u16,
    process: Process,
}

impl LiveKit {
    /// The key of its one user.
    pub const KEY: &str = "kith";
    /// That user's secret.
    pub const SECRET: &str = "a secret of tests that is long enough";

    /// A server that tells `webhook` what happens in its rooms.
    pub async fn start(webhook: &str) -> Self {
        let folder = Arc::new(Folder::new("livekit", RunAs::Me));
        let (port, udp_port, tcp_port) = (free_port(), free_port(), free_port());
        // YAML, of which JSON is a part.
        let settings = serde_json::json!({
            "port": port,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "udp_port": udp_port, "tcp_port": tcp_port, "use_external_ip": false, "node_ip": "127.0.0.1",
                "enable_loopback_candidate": true, "interfaces": {"includes": ["lo"]},
            },
            "room": {"auto_create": false},
            "keys": {Self::KEY: Self::SECRET},
            "webhook": {"api_key": Self::KEY, "urls": [webhook]},
        });
        let path = folder.path().join("livekit.yaml");
        fs::write(&path, settings.to_string()).expect("the folder is writable");
        let path = path.to_string_lossy();
        let arguments = ["--config", &*path];
        let launch = launch("livekit", &tools().livekit_server, &arguments, &folder);
        let mut server = Self {
            port,
            udp_port,
            tcp_port,
            process: Process::start(launch),
        };
        server.ready().await;
        server
    }

    /// `http://127.0.0.1:…`, for its API.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `ws://127.0.0.1:…`, for its clients.
    pub fn client_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// Where media goes by UDP.
    pub fn udp_port(&self) -> u16 {
        self.udp_port
    }

    /// Where media goes by TCP.
    pub fn tcp_port(&self) -> u16 {
        self.tcp_port
    }

    /// What Kith's processes are told of it, as environment variables.
    pub fn settings(&self) -> Vec<(String, String)> {
        [
            ("KITH_LIVEKIT_URL", self.url()),
            ("KITH_LIVEKIT_CLIENT_URL", self.client_url()),
            ("KITH_LIVEKIT_API_KEY", Self::KEY.to_owned()),
            ("KITH_LIVEKIT_API_SECRET", Self::SECRET.to_owned()),
            ("KITH_LIVEKIT_UDP_PORT", self.udp_port().to_string()),
            ("KITH_LIVEKIT_TCP_PORT", self.tcp_port().to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    /// The process, to do anything else with it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Stops it in the middle of whatever it does; connections stay open and nobody answers.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// Lets it go on after [`Self::freeze`].
    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Starts it again on the same ports, without rooms.
    pub async fn restart(&mut self) {
        self.process.restart();
        self.ready().await;
    }

    async fn ready(&mut self) {
        let address = ("127.0.0.1", self.port);
        until("livekit-server starts", async || {
            assert!(
                self.process.is_running(),
                "livekit-server ended:\n{}",
                self.process.log()
            );
            let mut connection = TcpStream::connect(address).await?;
            connection
                .write_all(b"GET / HTTP/1.0\r\nHost: livekit\r\n\r\n")
                .await?;
            let mut answer = [0; 9];
            connection.read_exact(&mut answer).await?;
            if answer.starts_with(b"HTTP/1.") {
                Ok(())
            } else {
                Err(std::io::Error::other("it does not speak HTTP"))
            }
        })
        .await;
    }
}
