//! Measures a running fleet through its public API and gateway, and fills it with real text.
//!
//! Latency is counted from the moment at which a message should have been sent (open loop), so that a server that
//! stalls cannot hide it by slowing the load down. Every scenario prints one JSON object.

mod figures;
mod floors;
mod frames;
mod processes;
mod readers;
mod scenarios;
mod seed;
mod world;

use std::path::PathBuf;

use anyhow::{Context, Result};
use async_nats::ConnectOptions;
use clap::{Args, Parser, Subcommand};

use crate::processes::Process;
use crate::scenarios::{community, gateway, idle, post, presence, upload};
use crate::world::{Target, read_people};

/// How many people send files.
const UPLOADERS: usize = 10;

/// Kith's load generator.
#[derive(Parser)]
#[command(name = "kith-bench", version)]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Args)]
struct Fleet {
    /// Where REST is, `http://host:port`.
    #[arg(long)]
    api: String,
    /// A gateway, `host:port`; may be given several times.
    #[arg(long = "gateway", required = true)]
    gateways: Vec<String>,
    /// The people of the load, as `kith admin load-users` prints them.
    #[arg(long)]
    people: PathBuf,
    /// A process whose memory and CPU are reported, `NAME=PID`; may be given several times.
    #[arg(long = "process")]
    processes: Vec<Process>,
}

#[derive(Args)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields' names are the options' names"
)]
struct Nats {
    /// `nats://host:port`
    #[arg(long)]
    nats: String,
    #[arg(long)]
    nats_user: Option<String>,
    #[arg(long, env = "KITH_BENCH_NATS_PASSWORD", hide_env_values = true)]
    nats_password: Option<String>,
}

#[derive(Subcommand)]
enum Scenario {
    /// From a POST to the WebSockets of a channel's readers.
    Post {
        #[command(flatten)]
        fleet: Fleet,
        #[command(flatten)]
        load: post::Load,
    },
    /// The gateway alone: events straight into the stream.
    Gateway {
        #[command(flatten)]
        fleet: Fleet,
        #[command(flatten)]
        nats: Nats,
        #[arg(long, default_value = "kith")]
        namespace: String,
        #[arg(long, default_value_t = 1000)]
        readers: usize,
        /// How many people the sockets belong to.
        #[arg(long, default_value_t = 1000)]
        owners: usize,
        /// Events a second; all at once if left out.
        #[arg(long)]
        rate: Option<f64>,
        #[arg(long, default_value_t = 400)]
        events: u64,
    },
    /// Memory of connections that do nothing.
    Idle {
        #[command(flatten)]
        fleet: Fleet,
        #[arg(long, default_value_t = 10_000)]
        connections: usize,
        /// How many people the sockets belong to.
        #[arg(long, default_value_t = 1000)]
        owners: usize,
    },
    /// From a change of somebody's status to those who look at a member list with them in it.
    Presence {
        #[command(flatten)]
        fleet: Fleet,
        #[command(flatten)]
        load: presence::Load,
    },
    /// Many rooms at once.
    Community {
        #[command(flatten)]
        fleet: Fleet,
        #[command(flatten)]
        load: community::Load,
    },
    /// Files through media.
    Upload {
        #[command(flatten)]
        fleet: Fleet,
        /// Where media is, `http://host:port`.
        #[arg(long)]
        media: String,
        #[command(flatten)]
        load: upload::Load,
    },
    /// The same files straight into the object store, for comparison.
    Objects {
        #[command(flatten)]
        store: upload::Store,
        #[command(flatten)]
        load: upload::Load,
        #[arg(long = "process")]
        processes: Vec<Process>,
    },
    /// The same load on a bare broadcaster, for comparison.
    Floor {
        /// The broadcaster, `host:port` (see `floor-serve`).
        #[arg(long)]
        address: String,
        #[command(flatten)]
        nats: Nats,
        #[arg(long, default_value = "floor.frames")]
        subject: String,
        #[arg(long, default_value_t = 1000)]
        readers: usize,
        #[arg(long)]
        rate: Option<f64>,
        #[arg(long, default_value_t = 400)]
        events: u64,
        #[arg(long = "process")]
        processes: Vec<Process>,
    },
    /// The bare broadcaster behind core NATS.
    FloorServe {
        #[arg(long, default_value = "127.0.0.1:7900")]
        listen: String,
        #[command(flatten)]
        nats: Nats,
        #[arg(long, default_value = "floor.frames")]
        subject: String,
    },
    /// Lets many people talk in many languages, through the public API.
    Seed {
        /// Where REST is, `http://host:port`.
        #[arg(long)]
        api: String,
        /// A folder of fortune files.
        #[arg(long)]
        corpus: PathBuf,
        #[arg(long, default_value_t = 500)]
        messages: u64,
        #[arg(long, default_value_t = 7)]
        seed: u64,
    },
}

impl Fleet {
    fn target(&self) -> Result<Target> {
        Target::new(&self.api, self.gateways.clone())
    }
}

impl Nats {
    async fn connect(&self) -> Result<async_nats::Client> {
        let mut options = ConnectOptions::new();
        if let (Some(user), Some(password)) = (&self.nats_user, &self.nats_password) {
            options = options
                .user_and_password(user.clone(), password.clone())
                .custom_inbox_prefix(format!("_INBOX_{user}"));
        }
        options.connect(&self.nats).await.context(self.nats.clone())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let report = match Arguments::parse().scenario {
        Scenario::Post { mut fleet, load } => {
            let people = read_people(&fleet.people, load.people())?;
            post::run(&fleet.target()?, &people, &load, &mut fleet.processes).await?
        }
        Scenario::Gateway {
            mut fleet,
            nats,
            namespace,
            readers,
            owners,
            rate,
            events,
        } => {
            let people = read_people(&fleet.people, owners)?;
            let (target, nats) = (fleet.target()?, nats.connect().await?);
            let load = gateway::Load {
                readers,
                rate,
                events,
            };
            gateway::run(
                &target,
                &people,
                &nats,
                &namespace,
                &load,
                &mut fleet.processes,
            )
            .await?
        }
        Scenario::Idle {
            fleet,
            connections,
            owners,
        } => {
            let people = read_people(&fleet.people, owners)?;
            idle::run(&fleet.target()?, &people, connections, &fleet.processes).await?
        }
        Scenario::Presence { mut fleet, load } => {
            let people = read_people(&fleet.people, load.owners)?;
            presence::run(&fleet.target()?, &people, &load, &mut fleet.processes).await?
        }
        Scenario::Community { mut fleet, load } => {
            let people = read_people(&fleet.people, load.sockets)?;
            community::run(&fleet.target()?, &people, &load, &mut fleet.processes).await?
        }
        Scenario::Upload {
            mut fleet,
            media,
            load,
        } => {
            let people = read_people(&fleet.people, UPLOADERS)?;
            let target = fleet.target()?;
            upload::run(&target, &media, &people, &load, &mut fleet.processes).await?
        }
        Scenario::Objects {
            store,
            load,
            mut processes,
        } => upload::straight(&store, &load, &mut processes).await?,
        Scenario::Floor {
            address,
            nats,
            subject,
            readers,
            rate,
            events,
            mut processes,
        } => {
            let load = gateway::Load {
                readers,
                rate,
                events,
            };
            let nats = nats.connect().await?;
            gateway::floor(&address, &nats, &subject, &load, &mut processes).await?
        }
        Scenario::FloorServe {
            listen,
            nats,
            subject,
        } => {
            return floors::serve(&listen, &nats.connect().await?, &subject).await;
        }
        Scenario::Seed {
            api,
            corpus,
            messages,
            seed,
        } => {
            let corpus = seed::read_corpus(&corpus)?;
            seed::run(&Target::new(&api, Vec::new())?, &corpus, messages, seed).await?
        }
    };
    println!("{report:#}");
    Ok(())
}
