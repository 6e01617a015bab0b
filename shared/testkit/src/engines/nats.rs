use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::launch;
use crate::{Folder, Process, RunAs, free_port, tools, until};

/// What a server without users allows: everything.
const PERMISSIVE: &str = "
server_name: kith
max_payload: 1MB
jetstream { max_memory_store: 256MB, max_file_store: 4GB }
";

/// A NATS server with JetStream. It keeps its port and its store over kills and restarts.
#[derive(Debug)]
pub struct Nats {
    port: u16,
    process: Process,
}

impl Nats {
    /// A server that lets everybody do everything.
    pub async fn start() -> Self {
        Self::with_config(PERMISSIVE, &[]).await
    }

    /// A server with the text of a configuration file, such as `deploy/nats.conf`, and the variables that it names.
    /// The address, the port and the store come from here.
    pub async fn with_config(config: &str, environment: &[(&str, &str)]) -> Self {
        let folder = Arc::new(Folder::new("nats", RunAs::Me));
        let file = folder.path().join("nats.conf");
        std::fs::write(&file, config).expect("the folder is ours");
        let port = free_port();
        let store = folder.path().join("store");
        let arguments = [
            "--config",
            &file.to_string_lossy(),
            "--addr",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--jetstream",
            "--store_dir",
            &store.to_string_lossy(),
        ];
        let mut launch = launch("nats", &tools().nats_server, &arguments, &folder);
        launch.environment.extend(
            environment
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        let mut server = Self {
            port,
            process: Process::start(launch),
        };
        server.ready().await;
        server
    }

    /// `nats://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process, to kill, freeze and thaw it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// All that it has written so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Ends it at once, as a crash would; what it had not yet synced to disk stays, for the machine goes on.
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

    /// Starts it again on the same port with the same store, and waits until it accepts clients.
    pub async fn restart(&mut self) {
        self.process.restart();
        self.ready().await;
    }

    /// Kills it, forgets all streams, and starts it again on the same port.
    pub async fn restart_empty(&mut self) {
        self.process.kill();
        std::fs::remove_dir_all(self.store()).expect("the server has made its store");
        self.restart().await;
    }

    /// Copies the store of a killed server, to bring it back to this moment later.
    ///
    /// # Panics
    /// If the store cannot be copied.
    pub fn save_store(&mut self) -> Folder {
        let saved = Folder::new("nats-store", RunAs::Me);
        copy(&self.store(), &saved.path().join("store"));
        saved
    }

    /// Puts a killed server's store back to what it was: as after a power cut that took what was not yet synced.
    ///
    /// # Panics
    /// If the store cannot be copied.
    pub fn load_store(&mut self, saved: &Folder) {
        std::fs::remove_dir_all(self.store()).expect("the server has made its store");
        copy(&saved.path().join("store"), &self.store());
    }

    fn store(&mut self) -> PathBuf {
        self.process.launch_mut().folder.path().join("store")
    }

    async fn ready(&mut self) {
        let address = ("127.0.0.1", self.port);
        until("nats-server starts", async || {
            assert!(
                self.process.is_running(),
                "nats-server ended:\n{}",
                self.process.log()
            );
            let mut greeting = [0; 5];
            TcpStream::connect(address)
                .await?
                .read_exact(&mut greeting)
                .await?;
            // It greets before JetStream has recovered its streams, and says when it has.
            if self
                .process
                .log()
                .lines()
                .rev()
                .any(|line| line.contains("Server is ready"))
            {
                return Ok(());
            }
            Err(std::io::Error::other("it is not ready yet"))
        })
        .await;
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(
        copied.is_ok_and(|status| status.success()),
        "cannot copy {}",
        from.display()
    );
}
