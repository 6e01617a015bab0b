use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use kith_testkit::{
    Account, Client, Database, Folder, Garage, Gateway, Launch, LiveKit, Nats, Postgres, Process,
    Redis, RunAs, free_port, until, workspace,
};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::people::{Person, text};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const API_PASSWORD: &str = "p-api";
const GATEWAY_PASSWORD: &str = "p-gateway";
const PRESENCE_PASSWORD: &str = "p-presence";
const MEDIA_PASSWORD: &str = "p-media";
const SEARCH_PASSWORD: &str = "p-search";
const FEDERATION_PASSWORD: &str = "p-federation";

/// One process of the fleet.
pub struct Member {
    pub process: Process,
    /// Where clients go, `host:port`.
    pub address: String,
    /// Where operators go, `http://host:port`.
    pub ops: String,
}

impl Member {
    /// Waits until it says that it is ready.
    pub async fn ready(&self) {
        let url = format!("{}/health/ready", self.ops);
        until(&format!("{} is ready", self.address), async || {
            let answer = reqwest::get(&url).await?;
            let refused = answer.status();
            let body = answer.text().await?;
            anyhow::ensure!(
                refused.is_success(),
                "{refused} {body}\n{}",
                self.process.log()
            );
            anyhow::Ok(())
        })
        .await;
    }

    /// All metrics as text.
    pub async fn metrics(&self) -> String {
        let answer = reqwest::get(format!("{}/metrics", self.ops)).await;
        answer
            .expect("ops answers")
            .text()
            .await
            .expect("metrics are text")
    }
}

/// Engines of its own and a fleet on them.
pub struct World {
    pub apis: Vec<Member>,
    pub gateways: Vec<Member>,
    pub presences: Vec<Member>,
    pub medias: Vec<Member>,
    /// Only of a world that stops it; others share one server.
    pub garage: Option<Garage>,
    /// Only of a world with voice.
    pub livekit: Option<LiveKit>,
    pub searches: Vec<Member>,
    pub federations: Vec<Member>,
    pub nats: Nats,
    pub redis: Redis,
    /// Only of a world that stops it; others share one server.
    pub postgres: Option<Postgres>,
    pub database: Database,
    folder: Arc<Folder>,
    environment: Vec<(String, String)>,
}

/// What a world is made of.
#[must_use]
pub struct Builder {
    apis: usize,
    gateways: usize,
    presences: usize,
    medias: usize,
    own_garage: bool,
    voice: bool,
    searches: usize,
    federations: usize,
    own_postgres: bool,
    settings: Vec<(String, String)>,
}

impl Builder {
    /// How many processes of api there are (1 unless said otherwise).
    pub fn apis(mut self, count: usize) -> Self {
        self.apis = count;
        self
    }

    /// How many processes of the gateway there are (1 unless said otherwise).
    pub fn gateways(mut self, count: usize) -> Self {
        self.gateways = count;
        self
    }

    /// How many processes of presence there are (none unless said otherwise).
    pub fn presences(mut self, count: usize) -> Self {
        self.presences = count;
        self
    }

    /// How many processes of media there are (none unless said otherwise).
    pub fn medias(mut self, count: usize) -> Self {
        self.medias = count;
        self
    }

    /// Gives it a Garage server that it may stop, and a process of media.
    pub fn own_garage(mut self) -> Self {
        self.own_garage = true;
        self.medias = self.medias.max(1);
        self
    }

    /// Gives it a LiveKit server, and a process of media that uses it.
    pub fn voice(mut self) -> Self {
        self.voice = true;
        self.medias = self.medias.max(1);
        self
    }

    /// How many processes of search there are (none unless said otherwise).
    pub fn searches(mut self, count: usize) -> Self {
        self.searches = count;
        self
    }

    /// How many processes of federation there are (none unless said otherwise).
    pub fn federations(mut self, count: usize) -> Self {
        self.federations = count;
        self
    }

    /// Gives it a Postgres server that it may stop.
    pub fn own_postgres(mut self) -> Self {
        self.own_postgres = true;
        self
    }

    /// An environment variable for every process.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Starts everything and waits until it is ready.
    pub async fn start(self) -> World {
        let rights = std::fs::read_to_string(workspace().join("deploy/nats.conf"));
        let rights = rights.expect("the NATS configuration is part of the repository");
        let passwords = [
            ("KITH_API_NATS_PASSWORD", API_PASSWORD),
            ("KITH_GATEWAY_NATS_PASSWORD", GATEWAY_PASSWORD),
            ("KITH_PRESENCE_NATS_PASSWORD", PRESENCE_PASSWORD),
            ("KITH_MEDIA_NATS_PASSWORD", MEDIA_PASSWORD),
            ("KITH_SEARCH_NATS_PASSWORD", SEARCH_PASSWORD),
            ("KITH_FEDERATION_NATS_PASSWORD", FEDERATION_PASSWORD),
            ("KITH_OPS_NATS_PASSWORD", "p-ops"),
        ];
        let own_postgres = async {
            if self.own_postgres {
                Some(Postgres::start().await)
            } else {
                None
            }
        };
        let (nats, redis, postgres) = futures_util::future::join3(
            Nats::with_config(&rights, &passwords),
            Redis::start(),
            own_postgres,
        )
        .await;
        let database = match &postgres {
            Some(own) => own.database().await,
            None => Postgres::shared().await.database().await,
        };
        let garage = if self.own_garage {
            Some(Garage::start().await)
        } else {
            None
        };
        let (objects, bucket) = match &garage {
            Some(own) => (own.url(), own.bucket()),
            None if self.medias > 0 => {
                let shared = Garage::shared().await;
                (shared.url(), shared.bucket())
            }
            // Nobody asks for files.
            None => (String::from("http://127.0.0.1:1"), String::from("none")),
        };
        let mut environment: Vec<(String, String)> = [
            ("KITH_POSTGRES_URL", database.url()),
            ("KITH_POSTGRES_MAX_CONNECTIONS", "8"),
            ("KITH_NATS_URL", &nats.url()),
            ("KITH_CACHE_URL", &redis.url()),
            ("KITH_SECURITY_SESSION_KEY", KEY),
            ("KITH_API_NATS_PASSWORD", API_PASSWORD),
            ("KITH_GATEWAY_NATS_PASSWORD", GATEWAY_PASSWORD),
            ("KITH_PRESENCE_NATS_PASSWORD", PRESENCE_PASSWORD),
            ("KITH_MEDIA_NATS_PASSWORD", MEDIA_PASSWORD),
            ("KITH_OBJECTS_ENDPOINT", &objects),
            ("KITH_OBJECTS_BUCKET", &bucket),
            ("KITH_OBJECTS_ACCESS_KEY", Garage::ACCESS_KEY),
            ("KITH_OBJECTS_SECRET_KEY", Garage::SECRET_KEY),
            ("KITH_SEARCH_NATS_PASSWORD", SEARCH_PASSWORD),
            ("KITH_FEDERATION_NATS_PASSWORD", FEDERATION_PASSWORD),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        // LiveKit is told where media listens before media runs.
        let doors: Vec<String> = (0..self.medias).map(|_| free_address()).collect();
        let webhook = self
            .voice
            .then(|| format!("http://{}/livekit/webhook", doors[0]));
        let livekit = match webhook {
            Some(webhook) => Some(LiveKit::start(&webhook).await),
            None => None,
        };
        environment.extend(livekit.iter().flat_map(LiveKit::settings));
        environment.extend(self.settings);
        let mut world = World {
            apis: Vec::new(),
            gateways: Vec::new(),
            presences: Vec::new(),
            medias: Vec::new(),
            garage,
            livekit,
            searches: Vec::new(),
            federations: Vec::new(),
            nats,
            redis,
            postgres,
            database,
            folder: Arc::new(Folder::new("fleet", RunAs::Me)),
            environment,
        };
        world.apis = world.launch_all("api", self.apis);
        world.gateways = world.launch_all("gateway", self.gateways);
        world.presences = world.launch_all("presence", self.presences);
        let doors = doors.into_iter().enumerate();
        let medias = doors.map(|(index, address)| world.launch_at("media", index, address));
        world.medias = medias.collect();
        world.searches = world.launch_all("search", self.searches);
        world.federations = world.launch_all("federation", self.federations);
        for member in world.members() {
            member.ready().await;
        }
        world
    }
}

impl World {
    /// One api, one gateway, unless more is said.
    pub fn builder() -> Builder {
        Builder {
            apis: 1,
            gateways: 1,
            presences: 0,
            medias: 0,
            own_garage: false,
            voice: false,
            searches: 0,
            federations: 0,
            own_postgres: false,
            settings: Vec::new(),
        }
    }

    /// All its processes.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        let clients = self.apis.iter().chain(&self.gateways);
        let others = self.presences.iter().chain(&self.medias);
        clients
            .chain(others)
            .chain(&self.searches)
            .chain(&self.federations)
    }

    fn launch_all(&self, role: &str, count: usize) -> Vec<Member> {
        (0..count).map(|index| self.launch(role, index)).collect()
    }

    fn launch(&self, role: &str, index: usize) -> Member {
        self.launch_at(role, index, free_address())
    }

    fn launch_at(&self, role: &str, index: usize, address: String) -> Member {
        let ops = format!("127.0.0.1:{}", free_port());
        let mut environment = self.environment.clone();
        // Presence and search are asked over NATS only.
        if role != "presence" && role != "search" {
            environment.push((
                format!("KITH_{}_LISTEN", role.to_uppercase()),
                address.clone(),
            ));
        }
        environment.push(("KITH_OPS_LISTEN".to_owned(), ops.clone()));
        let process = Process::start(Launch {
            name: format!("{role}-{index}"),
            program: binary(),
            arguments: ["run", "--role", role].map(OsString::from).into(),
            environment,
            folder: Arc::clone(&self.folder),
            run_as: RunAs::Me,
            last_signal: "KILL",
        });
        Member {
            process,
            address,
            ops: format!("http://{ops}"),
        }
    }

    /// A client of the api process `index`.
    pub fn api(&self, index: usize) -> Client {
        Client::new(&format!("http://{}", self.apis[index].address))
    }

    /// Somebody as a client of the media process `index`.
    pub fn media(&self, index: usize, person: &Person) -> Client {
        self.media_door(index)
            .with_token(&person.account.access_token)
    }

    /// A client of the media process `index` that is nobody yet.
    pub fn media_door(&self, index: usize) -> Client {
        Client::new(&format!("http://{}", self.medias[index].address))
    }

    /// Where the gateway process `index` takes sockets.
    pub fn gateway_url(&self, index: usize) -> String {
        format!("ws://{}/gateway", self.gateways[index].address)
    }

    /// A new account, which no rate limit slows down: the worlds' people act faster than people.
    pub async fn person(&self, name: &str) -> Person {
        let arguments = ["load-users", name, "--password-stdin"];
        let line = self.admin(&arguments, kith_testkit::PASSWORD).await;
        let made: Value = serde_json::from_str(&line).expect("it prints JSON");
        let access_token = text(&made["token"]);
        Person::new(Account {
            client: self.api(0).with_token(&access_token),
            id: text(&made["id"]),
            username: name.to_owned(),
            session_id: text(&made["session_id"]),
            refresh_token: text(&made["refresh_token"]),
            access_token,
        })
    }

    /// Opens a socket of somebody on the gateway process `index`, READY and all guilds received.
    pub async fn socket(&self, person: &Person, index: usize) -> Gateway {
        Gateway::ready(&self.gateway_url(index), &person.account.access_token)
            .await
            .0
    }

    /// Runs `kith admin …` as an operator would.
    pub async fn admin(&self, arguments: &[&str], input: &str) -> String {
        let inherited =
            std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("KITH_"));
        let mut child = Command::new(binary())
            .arg("admin")
            .args(arguments)
            .env_clear()
            .envs(inherited)
            .envs(self.environment.iter().cloned())
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary was built");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().await.expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "kith admin {arguments:?}: {} {}",
            text(&output.stdout),
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// Events that the stream has not acknowledged yet.
    pub async fn unsettled(&self) -> i64 {
        self.count("SELECT count(*) FROM outbox WHERE stream_seq IS NULL")
            .await
    }

    /// The one number that a query gives.
    pub async fn count(&self, query: &'static str) -> i64 {
        let mut connection = PgConnection::connect(self.database.url())
            .await
            .expect("Postgres runs");
        let count = sqlx::query_scalar(query).fetch_one(&mut connection).await;
        let count = count.expect("the query is right");
        connection.close().await.expect("Postgres runs");
        count
    }

    /// Changes something behind everybody's back.
    pub async fn execute(&self, statement: &'static str) {
        let mut connection = PgConnection::connect(self.database.url())
            .await
            .expect("Postgres runs");
        let done = sqlx::query(statement).execute(&mut connection).await;
        done.expect("the statement is right");
        connection.close().await.expect("Postgres runs");
    }

    /// Ends the test: all events must have reached the stream, and no process may have logged an error or crashed.
    pub async fn finish(self) {
        self.finish_despite(&[]).await;
    }

    /// Like [`World::finish`], for a world in which errors that contain one of these texts had to be logged.
    pub async fn finish_despite(mut self, expected: &[&str]) {
        until("the outbox is empty", async || {
            match self.unsettled().await {
                0 => Ok(()),
                left => Err(format!("{left} events are unsettled")),
            }
        })
        .await;
        let members = self.apis.iter_mut().chain(&mut self.gateways);
        let members = members.chain(&mut self.presences).chain(&mut self.medias);
        let members = members.chain(&mut self.searches);
        for member in members.chain(&mut self.federations) {
            assert!(
                member.process.is_running(),
                "it crashed:\n{}",
                member.process.log()
            );
            let log = member.process.log();
            let errors = log.lines().filter(|line| {
                line.contains("ERROR") && !expected.iter().any(|text| line.contains(text))
            });
            let errors: Vec<_> = errors.collect();
            assert!(
                errors.is_empty(),
                "errors were logged:\n{}",
                errors.join("\n")
            );
        }
        let members = self.apis.into_iter().chain(self.gateways);
        let members = members.chain(self.presences).chain(self.medias);
        let members = members.chain(self.searches);
        for mut member in members.chain(self.federations) {
            let status = member.process.terminate();
            assert!(
                status.success(),
                "{status} at the end:\n{}",
                member.process.log()
            );
        }
    }
}

fn free_address() -> String {
    format!("127.0.0.1:{}", free_port())
}

/// The binary that this build made.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    let folder = test
        .parent()
        .and_then(|deps| deps.parent())
        .expect("target/PROFILE/deps");
    let binary = folder.join("kith");
    assert!(
        binary.exists(),
        "{} is missing: cargo build -p kith",
        binary.display()
    );
    binary
}
