use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::launch;
use crate::{Folder, Process, RunAs, free_port, tools, until};

/// A Redis server in memory, which stands in for Dragonfly. A restart forgets everything.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    process: Process,
}

impl Redis {
    /// A server without a password.
    pub async fn start() -> Self {
        Self::with_arguments(&[]).await
    }

    /// A server with more arguments, such as `--user`. The default user goes on to have all rights and no password.
    pub async fn with_arguments(more: &[&str]) -> Self {
        let folder = Arc::new(Folder::new("redis", RunAs::Me));
        let port = free_port();
        let number = port.to_string();
        let mut arguments = vec![
            "--bind",
            "127.0.0.1",
            "--port",
            &number,
            "--save",
            "",
            "--appendonly",
            "no",
        ];
        arguments.extend(more);
        let launch = launch("redis", &tools().redis_server, &arguments, &folder);
        let mut server = Self {
            port,
            process: Process::start(launch),
        };
        server.ready().await;
        server
    }

    /// `redis://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
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

    /// Starts it again on the same port, empty.
    pub async fn restart(&mut self) {
        self.process.restart();
        self.ready().await;
    }

    /// Forgets everything, while everybody stays connected.
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn flush(&self) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))
            .await
            .expect("it runs");
        stream.write_all(b"FLUSHALL\r\n").await.expect("it reads");
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await.expect("it answers");
        assert_eq!(&answer, b"+OK\r\n");
    }

    /// All commands that it has executed since it started, in lower case, subcommands too: `get`, `script load`.
    /// Its own question is among them: `info`, `quit`.
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn commands_seen(&self) -> Vec<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))
            .await
            .expect("it runs");
        stream
            .write_all(b"INFO commandstats\r\nQUIT\r\n")
            .await
            .expect("it reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .await
            .expect("it answers and ends the connection");
        let names = answer
            .lines()
            .filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next());
        let mut names: Vec<_> = names
            .map(|name| name.replace('|', " ").to_lowercase())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    async fn ready(&mut self) {
        let address = ("127.0.0.1", self.port);
        until("redis-server starts", async || {
            assert!(
                self.process.is_running(),
                "redis-server ended:\n{}",
                self.process.log()
            );
            let mut connection = TcpStream::connect(address).await?;
            connection.write_all(b"PING\r\n").await?;
            let mut answer = [0; 5];
            connection.read_exact(&mut answer).await?;
            if &answer == b"+PONG" {
                Ok(())
            } else {
                Err(std::io::Error::other("it does not answer PING"))
            }
        })
        .await;
    }
}
