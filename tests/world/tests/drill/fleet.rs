//! The fleet on three hosts: on each of two an api, a gateway and a presence process; a node of NATS on all three; on the third also Postgres,
//! the cache and the front door.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use kith_testkit::{
    Account, Client, Database, Folder, Launch, Postgres, Process, Redis, RunAs, tools, until,
    workspace,
};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::network::{Host, SUBNET};
use kith_world::people::{Person, text};
use kith_world::world::binary;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const NATS_PORT: u16 = 4222;
const CLUSTER_PORT: u16 = 6222;
const MONITOR_PORT: u16 = 8222;
const API_PORT: u16 = 7001;
const GATEWAY_PORT: u16 = 7002;
const API_OPS_PORT: u16 = 9091;
const GATEWAY_OPS_PORT: u16 = 9090;
const PRESENCE_OPS_PORT: u16 = 9092;
const DOOR_PORT: u16 = 8420;
/// A node that is down or cut off does not say so.
const MONITOR_TIMEOUT: Duration = Duration::from_secs(2);
const HOSTS: [Host; 2] = [Host::A, Host::B];

/// Everything that runs.
pub(crate) struct Fleet {
    owner: u32,
    folder: Arc<Folder>,
    environment: Vec<(String, String)>,
    nats: Vec<(Host, Process)>,
    /// The processes of kith, with where each answers its operators.
    services: Vec<(Process, String)>,
    database: Database,
    _postgres: Postgres,
    _cache: Redis,
    door: Process,
}

impl Fleet {
    /// Starts everything, in the namespaces of `owner`, and waits until it is ready.
    pub(crate) async fn start(owner: u32, settings: &[(&str, &str)]) -> Self {
        let folder = Arc::new(Folder::new("drill", RunAs::Me));
        let (postgres, cache) = tokio::join!(
            Postgres::for_network(SUBNET),
            Redis::with_arguments(&["--bind", "0.0.0.0", "--protected-mode", "no"]),
        );
        let database = postgres.database().await;
        let hub = Host::Hub.address();
        let mut environment: Vec<(String, String)> = [
            (
                "KITH_POSTGRES_URL",
                database.url().replace("127.0.0.1", hub),
            ),
            ("KITH_CACHE_URL", cache.url().replace("127.0.0.1", hub)),
            ("KITH_NATS_REPLICAS", "3".to_owned()),
            ("KITH_SECURITY_SESSION_KEY", KEY.to_owned()),
            ("KITH_HTTP_TRUSTED_PROXIES", SUBNET.to_owned()),
            ("KITH_API_NATS_PASSWORD", "p-api".to_owned()),
            ("KITH_GATEWAY_NATS_PASSWORD", "p-gateway".to_owned()),
            ("KITH_PRESENCE_NATS_PASSWORD", "p-presence".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        let settings = settings.iter();
        environment.extend(settings.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let nats = [Host::Hub, Host::A, Host::B]
            .map(|host| (host, node(owner, host, &folder)))
            .into();
        let mut fleet = Self {
            owner,
            door: front_door(&folder),
            folder,
            environment,
            nats,
            services: Vec::new(),
            database,
            _postgres: postgres,
            _cache: cache,
        };
        for host in HOSTS {
            fleet.serve(host, "api", Some(API_PORT), API_OPS_PORT);
            fleet.serve(host, "gateway", Some(GATEWAY_PORT), GATEWAY_OPS_PORT);
            // It is asked over NATS only.
            fleet.serve(host, "presence", None, PRESENCE_OPS_PORT);
        }
        fleet.ready().await;
        fleet
    }

    fn serve(&mut self, host: Host, role: &str, port: Option<u16>, ops_port: u16) {
        let ops = format!("{}:{ops_port}", host.address());
        let mut environment = self.environment.clone();
        let listen = port.map(|port| (format!("KITH_{}_LISTEN", role.to_uppercase()), port));
        let own = listen.into_iter();
        let own = own.chain([("KITH_OPS_LISTEN".to_owned(), ops_port)]);
        environment.extend(own.map(|(key, port)| (key, format!("{}:{port}", host.address()))));
        // Of the cluster the one next to it first.
        let mut nodes = [Host::A, Host::B, Host::Hub];
        nodes.sort_by_key(|node| *node != host);
        let nodes = nodes.map(|node| format!("nats://{}:{NATS_PORT}", node.address()));
        environment.push(("KITH_NATS_URL".to_owned(), nodes.join(",")));
        let process = Process::start(Launch {
            name: format!("{role}-{}", host.letter()),
            environment,
            ..on(
                self.owner,
                host,
                &binary(),
                &["run", "--role", role],
                &self.folder,
            )
        });
        self.services.push((process, format!("http://{ops}")));
    }

    /// Waits until every service says that it is ready, and the front door lets people through to them.
    pub(crate) async fn ready(&self) {
        for (process, ops) in &self.services {
            until(&format!("{ops} is ready"), async || {
                let answer = reqwest::get(format!("{ops}/health/ready")).await?;
                let status = answer.status();
                let body = answer.text().await?;
                anyhow::ensure!(status.is_success(), "{status} {body}\n{}", process.log());
                anyhow::Ok(())
            })
            .await;
        }
        until("the front door is open", async || {
            let url = format!("http://{}/api/v1/openapi.json", Self::door());
            let answer = reqwest::get(url).await;
            let answer = answer.and_then(reqwest::Response::error_for_status);
            answer.map_err(|error| format!("{error:?}\n{}", self.door.log()))
        })
        .await;
    }

    /// The front door's address, without a scheme.
    pub(crate) fn door() -> String {
        format!("{}:{DOOR_PORT}", Host::Hub.address())
    }

    /// A new account without limits, which comes through the front door.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let environment = self.environment.iter().cloned();
        let nats = format!("nats://{}:{NATS_PORT}", Host::Hub.address());
        let mut child = Command::new(binary())
            .args(["admin", "load-users", name, "--password-stdin"])
            .envs(environment)
            .env("KITH_NATS_URL", nats)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary was built");
        let mut stdin = child.stdin.take().expect("it is piped");
        let password = kith_testkit::PASSWORD.as_bytes();
        stdin.write_all(password).await.expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().await.expect("it ends");
        assert!(output.status.success(), "kith admin load-users fails");
        let made: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
        let access_token = text(&made["token"]);
        let client = Client::new(&format!("http://{}", Self::door()));
        Person::new(Account {
            client: client.with_token(&access_token),
            id: text(&made["id"]),
            username: name.to_owned(),
            session_id: text(&made["session_id"]),
            refresh_token: text(&made["refresh_token"]),
            access_token,
        })
    }

    /// Events that the stream has not acknowledged yet.
    pub(crate) async fn unsettled(&self) -> i64 {
        let connected = PgConnection::connect(self.database.url()).await;
        let mut connection = connected.expect("Postgres runs");
        let query = "SELECT count(*) FROM outbox WHERE stream_seq IS NULL";
        let count = sqlx::query_scalar(query).fetch_one(&mut connection).await;
        count.expect("the query is right")
    }

    /// Where the leader of the stream's replicas runs.
    pub(crate) async fn leader(&self) -> Host {
        until("the stream has a leader", async || {
            let found = self.stream().await;
            found.map(|(leader, _)| leader).ok_or("nobody says so")
        })
        .await
    }

    /// The node on a host.
    pub(crate) fn node(&mut self, host: Host) -> &mut Process {
        let mut nodes = self.nats.iter_mut();
        let node = nodes.find(|(of, _)| *of == host);
        &mut node.expect("there is one on every host").1
    }

    /// Waits until the stream has three replicas that know everything.
    pub(crate) async fn replicated(&self) {
        until("all replicas of the stream are current", async || {
            let (_, stream) = self.stream().await.ok_or("it has no leader")?;
            let replicas = stream.pointer("/cluster/replicas");
            let replicas = replicas.and_then(Value::as_array).cloned();
            let replicas = replicas.unwrap_or_default();
            if replicas.len() == 2 && replicas.iter().all(|one| one["current"] == true) {
                Ok(())
            } else {
                Err("one of them is behind")
            }
        })
        .await;
    }

    /// The leader of the stream's replicas and what it says of them: the others do not know of all.
    async fn stream(&self) -> Option<(Host, Value)> {
        for (host, _) in &self.nats {
            let url = format!("http://{}:{MONITOR_PORT}/jsz?streams=true", host.address());
            let asking = reqwest::Client::new().get(url).timeout(MONITOR_TIMEOUT);
            let Ok(answer) = asking.send().await else {
                continue;
            };
            let told: Value = answer.json().await.unwrap_or_default();
            let streams = told.pointer("/account_details/0/stream_detail");
            let streams = streams.and_then(Value::as_array).into_iter().flatten();
            let own = format!("kith-{}", host.letter());
            let mut led = streams.filter(|stream| {
                stream["name"] == "KITH_EVENTS"
                    && stream.pointer("/cluster/leader") == Some(&json!(own))
            });
            if let Some(stream) = led.next() {
                return Some((*host, stream.clone()));
            }
        }
        None
    }

    /// Ends the drill: no process may have crashed or logged an error.
    pub(crate) fn finish(mut self) {
        for (process, ops) in &mut self.services {
            let log = process.log();
            assert!(process.is_running(), "{ops} crashed:\n{log}");
            let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
            assert!(errors.is_empty(), "{ops} logged:\n{}", errors.join("\n"));
            let status = process.terminate();
            assert!(status.success(), "{ops}: {status}\n{}", process.log());
        }
    }
}

impl Drop for Fleet {
    /// Who failed wants to know what the processes had to say.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let services = self
            .services
            .iter()
            .map(|(process, ops)| (ops.clone(), process));
        let nodes = self
            .nats
            .iter()
            .map(|(host, node)| (format!("NATS on {host:?}"), node));
        for (name, process) in services.chain(nodes) {
            let log = process.log();
            let telling = [
                "WARN",
                "ERROR",
                "complete",
                "[WRN]",
                "[ERR]",
                "leader",
                "Server is ready",
            ];
            let lines = log
                .lines()
                .filter(|line| telling.iter().any(|it| line.contains(it)));
            println!("{name} logged:\n{}", lines.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// How to start a program on a host.
fn on(owner: u32, host: Host, program: &Path, arguments: &[&str], folder: &Arc<Folder>) -> Launch {
    let namespace = host.namespace(owner);
    let mut all: Vec<OsString> = ["netns", "exec", &namespace].map(OsString::from).into();
    all.push(program.into());
    all.extend(arguments.iter().map(OsString::from));
    Launch {
        name: format!("program-{}", host.letter()),
        // It becomes the program, so that signals reach that.
        program: "ip".into(),
        arguments: all,
        environment: Vec::new(),
        folder: Arc::clone(folder),
        run_as: RunAs::Me,
        last_signal: "KILL",
    }
}

/// A node of the NATS cluster, with the users and rights that an instance has.
fn node(owner: u32, host: Host, folder: &Arc<Folder>) -> Process {
    let deployed = std::fs::read_to_string(workspace().join("deploy/nats.conf"))
        .expect("the NATS configuration is part of the repository");
    let (letter, address) = (host.letter(), host.address());
    let config = deployed.replace("server_name: kith", &format!("server_name: kith-{letter}"));
    assert_ne!(
        config, deployed,
        "every node of a cluster needs its own name"
    );
    let routes = [Host::Hub, Host::A, Host::B]
        .map(|host| format!("\"nats://{}:{CLUSTER_PORT}\"", host.address()));
    let cluster = format!(
        "\ncluster {{\n  name: kith\n  listen: \"{address}:{CLUSTER_PORT}\"\n  routes: [{}]\n}}\n",
        routes.join(", ")
    );
    let file = folder.path().join(format!("nats-{letter}.conf"));
    std::fs::write(&file, config + &cluster).expect("the folder is ours");
    let store = folder.path().join(format!("store-{letter}"));
    let (port, monitor) = (NATS_PORT.to_string(), MONITOR_PORT.to_string());
    let arguments = [
        "--config",
        &file.to_string_lossy(),
        "--addr",
        address,
        "--port",
        &port,
        "--http_port",
        &monitor,
        "--jetstream",
        "--store_dir",
        &store.to_string_lossy(),
    ];
    // Of every role, also of those that have no part in this: the configuration names them all.
    let named = deployed
        .split_whitespace()
        .filter_map(|word| word.strip_prefix('$'));
    let roles = named.filter_map(|name| {
        let role = name.strip_prefix("KITH_")?.strip_suffix("_NATS_PASSWORD")?;
        Some((name.to_owned(), format!("p-{}", role.to_lowercase())))
    });
    Process::start(Launch {
        name: format!("nats-{letter}"),
        environment: roles.collect(),
        ..on(owner, host, &tools().nats_server, &arguments, folder)
    })
}

/// Caddy with the configuration that instances have, before both hosts.
fn front_door(folder: &Arc<Folder>) -> Process {
    let place = folder.path().to_string_lossy().into_owned();
    let script_hashes = folder.path().join("csp.caddy");
    // There are no pages here, and so no scripts in them.
    std::fs::write(&script_hashes, "vars script_hashes \"\"\n").expect("the folder is ours");
    let upstreams = |port| {
        HOSTS
            .map(|host| format!("{}:{port}", host.address()))
            .join(" ")
    };
    let environment = [
        ("KITH_SITE_ADDRESS", format!("http://:{DOOR_PORT}")),
        ("KITH_SITE_BIND", Host::Hub.address().to_owned()),
        ("KITH_SITE_ROOT", place.clone()),
        (
            "KITH_SITE_CSP",
            script_hashes.to_string_lossy().into_owned(),
        ),
        ("KITH_API_UPSTREAMS", upstreams(API_PORT)),
        ("KITH_API_OPS_PORT", API_OPS_PORT.to_string()),
        ("KITH_GATEWAY_UPSTREAMS", upstreams(GATEWAY_PORT)),
        ("KITH_GATEWAY_OPS_PORT", GATEWAY_OPS_PORT.to_string()),
        ("HOME", place.clone()),
        ("XDG_DATA_HOME", place.clone()),
        ("XDG_CONFIG_HOME", place),
    ];
    let config = workspace().join("caddy/Caddyfile").canonicalize();
    let arguments: [OsString; 5] = [
        "run".into(),
        "--adapter".into(),
        "caddyfile".into(),
        "--config".into(),
        config
            .expect("the front door's configuration is part of the repository")
            .into(),
    ];
    Process::start(Launch {
        name: "caddy".to_owned(),
        program: tools().caddy.clone(),
        arguments: arguments.into(),
        environment: environment
            .map(|(key, value)| (key.to_owned(), value))
            .into(),
        folder: Arc::clone(folder),
        run_as: RunAs::Me,
        last_signal: "KILL",
    })
}
