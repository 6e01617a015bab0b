use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

use super::launch;
use crate::{Folder, Process, RunAs, free_port, tools, until, workspace};

/// Made for tests: nothing needs to survive the machine. What was committed survives the server all the same: each
/// commit hands its log to the kernel, which is only not asked to put it on the disk.
const SETTINGS: &[&str] = &[
    "unix_socket_directories=",
    "max_connections=300",
    "shared_buffers=64MB",
    "fsync=off",
    "full_page_writes=off",
    "autovacuum_naptime=10s",
    "jit=off",
    "timezone=UTC",
];

const TEMPLATE: &str = "kith_template";

/// A PostgreSQL server. It keeps its port and its data over kills and restarts.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    process: Process,
    /// The template has the migrations applied.
    template: OnceCell<()>,
}

/// A database of a test's own.
#[derive(Debug, Clone)]
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// `postgres://postgres@127.0.0.1:…/…`
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Postgres {
    /// The one server of this test process, for all tests that do not hurt it.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await
    }

    /// A server of one's own, to kill and freeze.
    pub async fn start() -> Self {
        Self::on("127.0.0.1", None).await
    }

    /// A server of one's own that can be reached from a network, such as `10.0.0.0/24`, as well.
    pub async fn for_network(network: &str) -> Self {
        Self::on("*", Some(network)).await
    }

    async fn on(addresses: &str, network: Option<&str>) -> Self {
        let folder = Arc::new(Folder::new("postgres", RunAs::Nobody));
        let data = folder.path().join("data");
        initialise(&data, folder.path());
        if let Some(network) = network {
            let rule = format!("host all all {network} trust\n");
            let file = std::fs::OpenOptions::new()
                .append(true)
                .open(data.join("pg_hba.conf"));
            let written = file.and_then(|mut file| file.write_all(rule.as_bytes()));
            written.expect("initdb has made it");
        }
        let port = free_port();
        let number = port.to_string();
        let data = data.to_string_lossy();
        let mut arguments = vec!["-D", &data, "-p", &number];
        let listen = format!("listen_addresses={addresses}");
        let settings = SETTINGS.iter().copied().chain([listen.as_str()]);
        arguments.extend(settings.flat_map(|setting| ["-c", setting]));
        let mut launch = launch(
            "postgres",
            &tools().postgres_bin_dir.join("postgres"),
            &arguments,
            &folder,
        );
        launch.run_as = RunAs::Nobody;
        // Its immediate shutdown: it takes its shared memory along, which KILL would leave behind.
        launch.last_signal = "QUIT";
        let mut server = Self {
            port,
            process: Process::start(launch),
            template: OnceCell::new(),
        };
        server.ready().await;
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// A new database with all migrations applied.
    ///
    /// # Panics
    /// If a migration fails.
    pub async fn database(&self) -> Database {
        self.template.get_or_init(|| self.make_template()).await;
        self.create(TEMPLATE).await
    }

    /// A new database with nothing in it.
    pub async fn empty_database(&self) -> Database {
        self.create("template1").await
    }

    async fn create(&self, template: &str) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.connect("postgres").await.expect("the server is ready");
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
        connection
            .execute(AssertSqlSafe(statement))
            .await
            .expect("the template exists and nobody is connected to it");
        connection.close().await.expect("the server is ready");
        Database {
            url: self.url(&name),
            name,
        }
    }

    async fn make_template(&self) {
        let mut connection = self.connect("postgres").await.expect("the server is ready");
        let statement = format!("CREATE DATABASE {TEMPLATE}");
        connection
            .execute(AssertSqlSafe(statement))
            .await
            .expect("there is no template yet");
        connection.close().await.expect("the server is ready");
        let migrations = Migrator::new(workspace().join("migrations"))
            .await
            .expect("the migrations can be read");
        let mut connection = self.connect(TEMPLATE).await.expect("it was just made");
        migrations
            .run(&mut connection)
            .await
            .expect("every migration can be applied");
        connection.close().await.expect("the server is ready");
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    async fn connect(&self, database: &str) -> sqlx::Result<PgConnection> {
        PgConnection::connect(&self.url(database)).await
    }

    /// The process, to do anything else with it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Ends it at once: every session is cut, nothing answers.
    pub fn kill(&mut self) {
        // Who is frozen would not hear it.
        self.thaw();
        // KILL would leave its children behind for a while, with their hands on the data.
        self.process.signal("QUIT");
        self.process.wait();
    }

    /// Stops the server and all its sessions in the middle of whatever they do; connections stay open and nobody answers.
    pub fn freeze(&self) {
        // First the one that makes sessions, so that there is none that was missed.
        self.process.freeze();
        self.process.signal_children("STOP");
    }

    /// Lets them go on after [`Self::freeze`].
    pub fn thaw(&self) {
        self.process.signal_children("CONT");
        self.process.thaw();
    }

    /// Starts it again on the same port with the same data.
    pub async fn restart(&mut self) {
        if self.process.is_running() {
            self.kill();
        }
        self.process.restart();
        self.ready().await;
    }

    async fn ready(&mut self) {
        let url = self.url("postgres");
        until("postgres starts", async || {
            assert!(
                self.process.is_running(),
                "postgres ended:\n{}",
                self.process.log()
            );
            PgConnection::connect(&url).await?.close().await
        })
        .await;
    }
}

fn initialise(data: &Path, folder: &Path) {
    let mut command = Command::new(tools().postgres_bin_dir.join("initdb"));
    command
        .args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ])
        .arg("--pgdata")
        .arg(data)
        .current_dir(folder)
        .envs(&tools().env);
    RunAs::Nobody.apply(&mut command);
    let made = command.output().expect("initdb lies beside postgres");
    assert!(
        made.status.success(),
        "initdb failed:\n{}",
        String::from_utf8_lossy(&made.stderr)
    );
}
