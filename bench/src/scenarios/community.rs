//! Many rooms at once: what a fleet is like on an ordinary evening.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::processes::{self, Process};
use crate::readers::Readers;
use crate::scenarios::{due, open_all, timed_text};
use crate::world::{Person, Target};

/// Until joining has been told to everybody.
const SETTLE: Duration = Duration::from_secs(3);

#[derive(clap::Args)]
pub(crate) struct Load {
    #[arg(long, default_value_t = 50)]
    pub(crate) rooms: usize,
    /// People in each; they are in several when there are fewer people than places.
    #[arg(long, default_value_t = 20)]
    pub(crate) people_each: usize,
    /// People in all, with a socket each.
    #[arg(long, default_value_t = 1000)]
    pub(crate) sockets: usize,
    /// Messages a second, in all rooms together.
    #[arg(long, default_value_t = 50.0)]
    pub(crate) rate: f64,
    #[arg(long, default_value_t = 20.0)]
    pub(crate) seconds: f64,
}

/// A guild with one channel, and who talks in it.
struct Room {
    path: String,
    tokens: Vec<String>,
}

/// Every room is a guild of its own. Messages go round the rooms, and in each round its people.
pub(crate) async fn run(
    target: &Target,
    people: &[Person],
    load: &Load,
    processes: &mut [Process],
) -> Result<Value> {
    let mut rooms = Vec::with_capacity(load.rooms);
    let mut places = people.iter().cycle();
    for number in 0..load.rooms {
        let inside: Vec<Person> = places.by_ref().take(load.people_each).cloned().collect();
        let (_, channel) = target.guild(&format!("room {number}"), &inside).await?;
        rooms.push(Room {
            path: format!("/channels/{channel}/messages"),
            tokens: inside.into_iter().map(|person| person.token).collect(),
        });
    }
    let sockets = open_all(target, people).await?;
    tokio::time::sleep(SETTLE).await;

    let start = Instant::now();
    processes::mark(processes)?;
    let readers = Readers::start(sockets, start);
    let mut underway = JoinSet::new();
    let count = (load.rate * load.seconds) as u64;
    for index in 0..count {
        let intended = due(start, index, load.rate);
        tokio::time::sleep_until(intended.into()).await;
        let (round, turn) = (index as usize / rooms.len(), index as usize % rooms.len());
        let room = &rooms[turn];
        let token = room.tokens[round % room.tokens.len()].clone();
        let body = json!({"content": timed_text(intended - start)});
        let (target, path) = (target.clone(), room.path.clone());
        underway.spawn(async move {
            target
                .call(Some(&token), Method::POST, &path, Some(&body))
                .await
        });
    }
    let sending = start.elapsed();
    while let Some(answer) = underway.join_next().await {
        answer??;
    }
    let expected = count * load.people_each as u64;
    readers.drained(expected).await;
    let cost = processes::cost(processes)?;
    let received = readers.finish().await?;
    let took = sending + Duration::from_secs(1);
    let mut report = received.report(expected, took);
    // A reader is in several rooms, each with a count of its own: only what never came can be told.
    for figure in ["duplicates", "order_violations", "gaps"] {
        report.as_object_mut().map(|report| report.remove(figure));
    }
    report["lost"] = json!(expected.saturating_sub(received.deliveries));
    report["posts_per_second"] = json!((count as f64 / sending.as_secs_f64()).round());
    report["processes"] = cost;
    Ok(report)
}
