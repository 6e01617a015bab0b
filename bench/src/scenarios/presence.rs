//! How soon people see each other change, with many connections that beat meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use memchr::memmem::Finder;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::frames::Socket;
use crate::processes::{self, Process};
use crate::scenarios::{due, open_all};
use crate::world::{Person, Target};

/// How many people there are in one guild.
const ROOM: usize = 20;
/// An id's length as text.
const ID: usize = 26;
/// Until everybody is online and has their list, and until the last change has gone by.
const SETTLE: Duration = Duration::from_secs(3);

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Sockets in all, those of the people who change and of those who look included.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) connections: usize,
    /// How many people the sockets belong to.
    #[arg(long, default_value_t = 1000)]
    pub(crate) owners: usize,
    /// Changes a second.
    #[arg(long, default_value_t = 200.0)]
    pub(crate) rate: f64,
    #[arg(long, default_value_t = 20.0)]
    pub(crate) seconds: f64,
}

/// When each user's last change was due, by user id.
type Changed = Arc<Mutex<HashMap<String, Instant>>>;

/// People in guilds of twenty, each with a socket that changes and one that looks at the member list, and others that do
/// nothing. Each change, `dnd` and back in turn, goes to everybody in the guild.
pub(crate) async fn run(
    target: &Target,
    people: &[Person],
    load: &Load,
    processes: &mut [Process],
) -> Result<Value> {
    let mut guilds = Vec::with_capacity(people.len());
    for (number, room) in people.chunks(ROOM).enumerate() {
        let (guild, _) = target.guild(&format!("room {number}"), room).await?;
        guilds.extend(room.iter().map(|_| guild.clone()));
    }
    let (mut speakers, mut watchers) = (Vec::new(), Vec::new());
    for (turn, person) in people.iter().enumerate() {
        speakers.push(target.open(person, turn).await?);
        // At the next gateway, if there are several: what is told crosses between them.
        watchers.push(target.open(person, turn + 1).await?);
    }
    let rest = load.connections.saturating_sub(2 * people.len());
    let rest: Vec<Person> = people.iter().cycle().take(rest).cloned().collect();
    let mut rest = open_all(target, &rest).await?;
    rest.iter_mut().for_each(Socket::shrink);
    let mut ids = Vec::with_capacity(people.len());
    for person in people {
        let me = target
            .call(
                Some(&person.token),
                reqwest::Method::GET,
                "/users/@me",
                None,
            )
            .await?;
        ids.push(
            me["id"]
                .as_str()
                .context("an account has an id")?
                .to_owned(),
        );
    }

    let stop = CancellationToken::new();
    let changed = Changed::default();
    let mut tasks = JoinSet::new();
    for (mut socket, guild) in watchers.into_iter().zip(&guilds) {
        let question = json!({"guild_id": guild, "ranges": [[0, ROOM - 1]]});
        let question = json!({"op": "REQUEST_MEMBERS", "d": question});
        socket.send(&question.to_string()).await?;
        tasks.spawn(watch(socket, changed.clone(), stop.clone()));
    }
    tokio::time::sleep(SETTLE).await;
    let start = Instant::now();
    processes::mark(processes)?;
    let count = (load.rate * load.seconds) as u64;
    for index in 0..count {
        let intended = due(start, index, load.rate);
        tokio::time::sleep_until(intended.into()).await;
        let turn = index as usize % people.len();
        let busy = (index as usize / people.len()).is_multiple_of(2);
        let status = if busy { json!("dnd") } else { Value::Null };
        changed
            .lock()
            .expect("no code panics inside")
            .insert(ids[turn].clone(), intended);
        speakers[turn]
            .send(&json!({"op": "PRESENCE", "d": {"status": status}}).to_string())
            .await?;
    }
    let took = start.elapsed();
    tokio::time::sleep(SETTLE).await;
    let cost = processes::cost(processes)?;
    stop.cancel();
    let mut all = Histogram::<u64>::new(3)?;
    while let Some(one) = tasks.join_next().await {
        all.add(one??)?;
    }
    drop((speakers, rest));
    let milliseconds = |quantile| all.value_at_quantile(quantile) as f64 / 1000.0;
    Ok(json!({
        "connections": load.connections,
        "changes": count,
        "changes_per_second": count as f64 / took.as_secs_f64(),
        "deliveries": all.len(),
        "deliveries_expected": count * ROOM as u64,
        "p50_ms": milliseconds(0.5),
        "p99_ms": milliseconds(0.99),
        "max_ms": all.max() as f64 / 1000.0,
        "processes": cost,
    }))
}

/// Reads what one socket is told, until `stop`, and gives the microseconds from when each change was due.
async fn watch(
    mut socket: Socket,
    changed: Changed,
    stop: CancellationToken,
) -> Result<Histogram<u64>> {
    let (kind, user) = (
        Finder::new("\"t\":\"PRESENCE_UPDATE\""),
        Finder::new("\"user_id\":\""),
    );
    let mut latency = Histogram::new(3)?;
    let mut heartbeat = tokio::time::interval(Duration::from_secs(20));
    loop {
        tokio::select! {
            outcome = socket.receive(|frame| {
                if kind.find(frame).is_none() {
                    return Ok(());
                }
                let start = user.find(frame).context("a presence without a user")? + user.needle().len();
                let id = frame.get(start..start + ID).context("an id has 26 characters")?;
                let id = std::str::from_utf8(id)?;
                let due = changed.lock().expect("no code panics inside").get(id).copied();
                // Who came online before it began was not changed by us.
                if let Some(due) = due {
                    latency.record(due.elapsed().as_micros() as u64)?;
                }
                Ok(())
            }) => outcome?,
            _ = heartbeat.tick() => socket.send(r#"{"op":"HEARTBEAT","d":{}}"#).await?,
            () = stop.cancelled() => return Ok(latency),
        }
    }
}
