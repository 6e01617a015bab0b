use std::ffi::OsString;
use std::sync::Arc;

use serde_json::Value;

use crate::{Folder, Launch, Process, RunAs, tools, until};

/// A device in a voice channel: a process that joins a room of LiveKit with a token, sends a sound if it may, and notes
/// what it hears.
#[derive(Debug)]
pub struct VoiceClient {
    process: Process,
}

impl VoiceClient {
    /// Starts it. That it runs does not mean that it is let in.
    pub fn start(url: &str, token: &str) -> Self {
        let folder = Arc::new(Folder::new("voice-client", RunAs::Me));
        Self {
            process: Process::start(Launch {
                name: "voice-client".to_owned(),
                program: tools().voice_client.clone(),
                arguments: [url, token].map(OsString::from).into(),
                environment: Vec::new(),
                folder,
                run_as: RunAs::Me,
                last_signal: "KILL",
            }),
        }
    }

    /// Waits until media flows.
    pub async fn connected(&self) {
        self.until("connected").await;
    }

    /// Waits until it hears somebody, more than it has heard when this is called.
    pub async fn hears(&self) {
        let before = self.events("hears").len();
        until("somebody is heard", async || {
            let now = self.events("hears").len();
            (now > before).then_some(()).ok_or_else(|| self.log())
        })
        .await;
    }

    /// Waits until the server has ended the connection, or never let it in.
    pub async fn ended(&mut self) {
        until("the voice connection ends", async || {
            let over = !self.process.is_running();
            over.then_some(()).ok_or_else(|| self.log())
        })
        .await;
    }

    /// Whether it is still running.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Ends it without a word, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// All that it has noted.
    pub fn log(&self) -> String {
        self.process.log()
    }

    async fn until(&self, event: &str) {
        until(event, async || {
            let found = !self.events(event).is_empty();
            found.then_some(()).ok_or_else(|| self.log())
        })
        .await;
    }

    fn events(&self, name: &str) -> Vec<Value> {
        let log = self.process.log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines
            .filter(|event: &Value| event["event"] == name)
            .collect()
    }
}
