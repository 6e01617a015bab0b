//! What tests stand on: the real engines as plain processes on free ports, clients of the API and the gateway, and a
//! proxy that cuts and stalls connections. Everything ends with the test process, also when that is killed.

mod client;
mod engines;
mod files;
mod folder;
mod gateway;
mod ports;
mod process;
mod proxy;
mod tools;
mod voice;

pub use client::{Account, Answer, Client, PASSWORD};
pub use engines::{Database, Garage, LiveKit, Nats, Postgres, Redis};
pub use files::{Download, attachment_path};
pub use folder::Folder;
pub use gateway::{Gateway, GatewayEnd};
pub use ports::free_port;
pub use process::{Launch, Process, RunAs};
pub use proxy::Proxy;
pub use tools::{Tools, corpus, tools, workspace};
pub use voice::VoiceClient;

use std::time::Duration;

/// How long a test waits for something that must happen before it fails. Generous, because nothing is measured by it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long a test waits between two looks at a process that has no way to say that it is ready.
const POLL: Duration = Duration::from_millis(10);

/// Waits until `ready` gives something, and fails the test with `what` and the last complaint if it never does.
pub async fn until<T, E: std::fmt::Display>(
    what: &str,
    ready: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    until_at_most(PATIENCE, what, ready).await
}

/// As [`until`], for what takes several of the things that take [`PATIENCE`] at most.
pub async fn until_at_most<T, E: std::fmt::Display>(
    patience: Duration,
    what: &str,
    mut ready: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    let deadline = tokio::time::Instant::now() + patience;
    let mut complaint = String::from("no answer");
    loop {
        match tokio::time::timeout_at(deadline, ready()).await {
            Ok(Ok(value)) => return value,
            Ok(Err(why)) => complaint = why.to_string(),
            // What it said before tells more.
            Err(_) => {}
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what}: {complaint}"
        );
        tokio::time::sleep(POLL).await;
    }
}
