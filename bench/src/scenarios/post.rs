//! From a POST to everybody's WebSocket.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::processes::{self, Process};
use crate::readers::Readers;
use crate::scenarios::{due, open_all, timed_text};
use crate::world::{Person, Target};

/// How the load looks.
#[derive(clap::Args)]
pub(crate) struct Load {
    #[arg(long, default_value_t = 1)]
    senders: usize,
    #[arg(long, default_value_t = 1)]
    readers: usize,
    /// Messages a second of all senders together; as fast as answers come if left out.
    #[arg(long)]
    rate: Option<f64>,
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// Sockets of people in other guilds who have no part in it.
    #[arg(long, default_value_t = 0)]
    uninvolved: usize,
    /// Sockets of the channel that never read again.
    #[arg(long, default_value_t = 0)]
    stalled: usize,
}

impl Load {
    /// How many people it takes.
    pub(crate) fn people(&self) -> usize {
        self.senders + self.readers + self.uninvolved + self.stalled
    }
}

/// Posts as `load` says and measures at the readers.
pub(crate) async fn run(
    target: &Target,
    people: &[Person],
    load: &Load,
    processes: &mut [Process],
) -> Result<Value> {
    let involved = load.senders + load.readers + load.stalled;
    let (inside, outside) = people.split_at(involved);
    let (_, channel) = target.guild("load", inside).await?;
    let mut bystanders = Vec::new();
    if load.uninvolved > 0 {
        target.guild("elsewhere", outside).await?;
        bystanders = open_all(target, &outside[..load.uninvolved]).await?;
        bystanders
            .iter_mut()
            .for_each(crate::frames::Socket::shrink);
    }
    let stalled = open_all(target, &inside[load.senders + load.readers..]).await?;
    let sockets = open_all(target, &inside[load.senders..load.senders + load.readers]).await?;

    let start = Instant::now();
    processes::mark(processes)?;
    let readers = Readers::start(sockets, start);
    let mut senders = JoinSet::new();
    for (index, person) in inside[..load.senders].iter().enumerate() {
        let sender = Sender {
            target: target.clone(),
            token: person.token.clone(),
            path: format!("/channels/{channel}/messages"),
            index: index as u64,
            step: load.senders as u64,
        };
        senders.spawn(sender.send(start, load.rate, Duration::from_secs_f64(load.seconds)));
    }
    let mut posted = 0;
    while let Some(count) = senders.join_next().await {
        posted += count??;
    }
    let sending = start.elapsed();
    let expected = posted * load.readers as u64;
    readers.drained(expected).await;
    let took = start.elapsed().min(sending + Duration::from_secs(1));
    let cost = processes::cost(processes)?;
    let received = readers.finish().await?;
    drop((stalled, bystanders));
    let mut report = received.report(expected, took);
    report["posted"] = json!(posted);
    report["posts_per_second"] = json!((posted as f64 / sending.as_secs_f64()).round());
    report["processes"] = cost;
    Ok(report)
}

struct Sender {
    target: Target,
    token: String,
    path: String,
    index: u64,
    step: u64,
}

impl Sender {
    /// Sends at the intended times of an open loop, or as fast as answers come; gives how many were acknowledged.
    async fn send(self, start: Instant, rate: Option<f64>, lasting: Duration) -> Result<u64> {
        let (mut posted, mut index) = (0, self.index);
        let mut underway = JoinSet::new();
        while start.elapsed() < lasting {
            let intended = match rate {
                Some(rate) => {
                    let intended = due(start, index, rate);
                    tokio::time::sleep_until(intended.into()).await;
                    intended
                }
                None => Instant::now(),
            };
            let body = json!({"content": timed_text(intended - start)});
            let (target, token, path) =
                (self.target.clone(), self.token.clone(), self.path.clone());
            let post = async move {
                target
                    .call(Some(&token), Method::POST, &path, Some(&body))
                    .await
            };
            if rate.is_some() {
                // An open loop does not wait for answers: who does hides the delays that people would feel.
                underway.spawn(post);
            } else {
                post.await?;
                posted += 1;
            }
            index += self.step;
        }
        while let Some(answer) = underway.join_next().await {
            answer??;
            posted += 1;
        }
        Ok(posted)
    }
}
