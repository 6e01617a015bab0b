//! The gateway alone: events are put straight into the stream. And the floor: bare frames over core NATS.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use async_nats::{Client, HeaderMap};
use kith_types::{EventId, IdGenerator, MAX_WORKER, OsEntropy, SystemClock, WorkerId};
use serde_json::{Value, json};

use crate::frames::Socket;
use crate::processes::{self, Process};
use crate::readers::Readers;
use crate::scenarios::{due, open_all, timed_text};
use crate::world::{Person, Target};

/// How the events come.
pub(crate) struct Load {
    pub(crate) readers: usize,
    /// Events a second; none for all at once.
    pub(crate) rate: Option<f64>,
    pub(crate) events: u64,
}

/// Publishes events of one channel as api would, and measures at the gateway's sockets.
pub(crate) async fn run(
    target: &Target,
    people: &[Person],
    nats: &Client,
    namespace: &str,
    load: &Load,
    processes: &mut [Process],
) -> Result<Value> {
    let (guild, channel) = target.guild("stream", people).await?;
    // Several sockets a person where there are more sockets than people.
    let sockets: Vec<Person> = people.iter().cycle().take(load.readers).cloned().collect();
    let sockets = open_all(target, &sockets).await?;
    let subject = format!("{namespace}.evt.v1.guild.{guild}.channel.{channel}.message_create");
    let access = access_version(target, &people[0]).await?;
    // The last worker number: no api process of a test fleet gets that far.
    let worker = WorkerId::new(MAX_WORKER).context("the last worker exists")?;
    let ids = IdGenerator::new(worker, Arc::new(SystemClock), Arc::new(OsEntropy));
    let publish = |rev: u64, due: Duration| {
        let mut headers = HeaderMap::new();
        let id: EventId = ids.mint();
        headers.insert("Nats-Msg-Id", id.to_string().as_str());
        headers.insert("Kith-Rev", rev.to_string().as_str());
        headers.insert("Kith-Seq", rev.to_string().as_str());
        headers.insert("Kith-Access", access.to_string().as_str());
        let payload = message(&guild, &channel, &people[0], rev, &timed_text(due));
        nats.publish_with_headers(subject.clone(), headers, payload.to_string().into())
    };
    measure(sockets, load, processes, nats, publish).await
}

/// Publishes the same frames on a core NATS subject, and measures at a bare broadcaster's sockets.
pub(crate) async fn floor(
    address: &str,
    nats: &Client,
    subject: &str,
    load: &Load,
    processes: &mut [Process],
) -> Result<Value> {
    let mut sockets = Vec::with_capacity(load.readers);
    for _ in 0..load.readers {
        sockets.push(Socket::connect(address, "/").await?);
    }
    let somebody = Person {
        name: "load0".to_owned(),
        token: String::new(),
    };
    let id = "01M7X094NF15018JC8E57M87Z4";
    let publish = |rev: u64, due: Duration| {
        let d = message(id, id, &somebody, rev, &timed_text(due));
        let frame = json!({"op": "DISPATCH", "t": "MESSAGE_CREATE", "s": rev, "d": d});
        nats.publish(subject.to_owned(), frame.to_string().into())
    };
    measure(sockets, load, processes, nats, publish).await
}

async fn measure<F, P>(
    sockets: Vec<Socket>,
    load: &Load,
    processes: &mut [Process],
    nats: &Client,
    publish: F,
) -> Result<Value>
where
    F: Fn(u64, Duration) -> P,
    P: Future<Output = Result<(), async_nats::PublishError>>,
{
    let start = Instant::now();
    processes::mark(processes)?;
    let readers = Readers::start(sockets, start);
    for index in 0..load.events {
        let intended = match load.rate {
            Some(rate) => {
                let intended = due(start, index, rate);
                tokio::time::sleep_until(intended.into()).await;
                intended
            }
            None => Instant::now(),
        };
        // A channel's first rev is 1; nobody has posted into this one.
        publish(index + 1, intended - start).await?;
        if load.rate.is_some() {
            nats.flush().await?;
        }
    }
    nats.flush().await?;
    let expected = load.events * load.readers as u64;
    readers.drained(expected).await;
    let took = start.elapsed();
    let cost = processes::cost(processes)?;
    let received = readers.finish().await?;
    let mut report = received.report(expected, took);
    let total: f64 = cost
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, c)| c["cpu_seconds"].as_f64())
        .sum();
    report["cpu_seconds_per_million"] = json!(total * 1e6 / received.deliveries.max(1) as f64);
    report["processes"] = cost;
    Ok(report)
}

/// A `MESSAGE_CREATE` as api writes it.
fn message(guild: &str, channel: &str, author: &Person, rev: u64, text: &str) -> Value {
    let id = format!("01M7X094NF15018JC8{:08}", rev % 100_000_000);
    json!({"event_id": id, "rev": rev, "message": {
        "id": id, "channel_id": channel, "guild_id": guild, "seq": rev, "kind": "text",
        "author": {"id": "01M7X094NF15018JC8E57M87Z4", "username": author.name, "display_name": author.name, "kind": "human"},
        "content": text, "mentions": [], "mention_roles": [], "mention_everyone": false,
        "created_at": "2026-11-21T10:00:00.000Z", "edited_at": null, "deleted_at": null,
    }})
}

/// The guild's present `access_version`, as its newest member's GUILD_CREATE tells it.
async fn access_version(target: &Target, person: &Person) -> Result<u64> {
    let mut socket = Socket::connect(&target.gateways[0], "/gateway").await?;
    socket
        .send(&json!({"op": "IDENTIFY", "d": {"token": person.token}}).to_string())
        .await?;
    let key = memchr::memmem::Finder::new("\"access_version\":");
    let mut version = None;
    while version.is_none() {
        socket
            .receive(|frame| {
                version = version.max(crate::frames::number(frame, &key));
                Ok(())
            })
            .await
            .context("while waiting for the guild")?;
    }
    version.context("the guild has no access_version")
}
