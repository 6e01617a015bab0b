//! What is measured. Each scenario prints one JSON object.

pub(crate) mod community;
pub(crate) mod gateway;
pub(crate) mod idle;
pub(crate) mod post;
pub(crate) mod presence;
pub(crate) mod upload;

use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use crate::frames::Socket;
use crate::world::{Person, Target};

/// Opens a socket per entry, sixteen at a time.
pub(crate) async fn open_all(target: &Target, people: &[Person]) -> Result<Vec<Socket>> {
    let bar = ProgressBar::new(people.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} sockets")
            .expect("the template is valid"),
    );
    let mut waiting = people.iter().cloned().enumerate();
    let (mut running, mut sockets) = (JoinSet::new(), Vec::with_capacity(people.len()));
    loop {
        while running.len() < 16 {
            let Some((turn, person)) = waiting.next() else {
                break;
            };
            let target = target.clone();
            running.spawn(async move { target.open(&person, turn).await });
        }
        match running.join_next().await {
            Some(socket) => sockets.push(socket??),
            None => break,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(sockets)
}

/// The text of a message that readers can time: when it should have been sent, and words to the usual length.
pub(crate) fn timed_text(due: Duration) -> String {
    format!(
        "µs{}; the quick brown fox jumps over the lazy dog, again and again",
        due.as_micros()
    )
}

/// When message `index` of an open loop is due.
pub(crate) fn due(start: Instant, index: u64, per_second: f64) -> Instant {
    start + Duration::from_secs_f64(index as f64 / per_second)
}
