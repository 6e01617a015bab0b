use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::launch;
use crate::{Folder, Process, RunAs, free_port, tools, until};

/// A Garage server of one node, which keeps its objects over a restart.
#[derive(Debug)]
pub struct Garage {
    port: u16,
    process: Process,
}

impl Garage {
    /// The id of its one key, which may make buckets.
    pub const ACCESS_KEY: &str = "GK4b6974680000000000000000";
    /// The key itself.
    pub const SECRET_KEY: &str = "736563726574206f662074657374732c20333220627974657320697420686173";
    /// What it calls its region.
    pub const REGION: &str = "garage";

    /// The server that all tests of this process share, each with a bucket of its own.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Garage> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await
    }

    /// A server of one's own, with a bucket `kith`.
    pub async fn start() -> Self {
        let folder = Arc::new(Folder::new("garage", RunAs::Me));
        let (port, rpc) = (free_port(), free_port());
        let path = folder.path();
        let settings = format!(
            "metadata_dir = \"{0}/meta\"\ndata_dir = \"{0}/data\"\ndb_engine = \"lmdb\"\nreplication_factor = 1\n\
             rpc_bind_addr = \"127.0.0.1:{rpc}\"\n[s3_api]\ns3_region = \"{1}\"\napi_bind_addr = \"127.0.0.1:{port}\"\n",
            path.display(),
            Self::REGION,
        );
        let file = path.join("garage.toml");
        fs::write(&file, settings).expect("the folder is writable");
        let file = file.to_string_lossy().into_owned();
        let arguments = [
            "--config",
            &*file,
            "server",
            "--single-node",
            "--default-bucket",
        ];
        let mut launch = launch("garage", &tools().garage, &arguments, &folder);
        let environment = [
            ("GARAGE_RPC_SECRET", Self::SECRET_KEY.to_owned()),
            ("GARAGE_DEFAULT_BUCKET", String::from("kith")),
            ("GARAGE_DEFAULT_ACCESS_KEY", Self::ACCESS_KEY.to_owned()),
            ("GARAGE_DEFAULT_SECRET_KEY", Self::SECRET_KEY.to_owned()),
            ("RUST_LOG", String::from("garage=info,warn")),
        ];
        let environment = environment.map(|(key, value)| (key.to_owned(), value));
        launch.environment.extend(environment);
        let mut server = Self {
            port,
            process: Process::start(launch),
        };
        server.ready().await;
        server
    }

    /// A name for a bucket that no other test has.
    pub fn bucket(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        format!("kith-{}-{number}", std::process::id())
    }

    /// `http://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
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

    /// Starts it again on the same port, with what it had.
    pub async fn restart(&mut self) {
        self.process.restart();
        self.ready().await;
    }

    async fn ready(&mut self) {
        let address = ("127.0.0.1", self.port);
        until("garage starts", async || {
            assert!(
                self.process.is_running(),
                "garage ended:\n{}",
                self.process.log()
            );
            let mut connection = TcpStream::connect(address).await?;
            let request = b"GET /kith HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
            connection.write_all(request).await?;
            let mut answer = [0; 12];
            connection.read_exact(&mut answer).await?;
            // Nobody without a key gets anything; an error of its own would be 5xx.
            if answer.ends_with(b" 403") || answer.ends_with(b" 400") {
                Ok(())
            } else {
                let answer = String::from_utf8_lossy(&answer).into_owned();
                Err(std::io::Error::other(answer))
            }
        })
        .await;
    }
}
