use std::sync::Arc;
use std::time::Duration;

use kith_bus::Bus;
use kith_events::rpc::{Beat, Connected};
use kith_runtime::Lifecycle;
use kith_types::BootId;
use metrics::{counter, gauge};
use tokio::time::{Instant, MissedTickBehavior};

use super::Connections;

/// Changes that come within this time are told together.
const GATHER: Duration = Duration::from_millis(20);
/// After a failure, changes wait this long.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the end of a gateway waits for its last word to be heard.
const GOODBYE: Duration = Duration::from_secs(2);
/// How much one message holds, in connections and about in bytes: a quarter of what NATS takes. The cache does nothing else
/// while it takes one in, some milliseconds for so many.
const CONNECTIONS: usize = 200;
const BYTES: usize = 256 * 1024;

/// Tells presence who is here: all again and again, changes at once.
pub(crate) struct Beating {
    pub(crate) bus: Bus,
    pub(crate) boot: BootId,
    pub(crate) connections: Arc<Connections>,
    pub(crate) every: Duration,
}

impl Beating {
    /// Works until all sessions have ended, and tells that too.
    pub(crate) async fn run(self, lifecycle: Lifecycle) {
        tokio::select! {
            () = lifecycle.settling() => {}
            () = self.keep_telling() => {}
        }
        // Who is not heard now is let go of a little later; nobody waits for that.
        let goodbye = self.tell(self.connections.take_changed());
        if tokio::time::timeout(GOODBYE, goodbye).await.is_err() {
            tracing::debug!("presence does not hear that this gateway ends");
        }
    }

    async fn keep_telling(&self) {
        let mut beats = tokio::time::interval(self.every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut connection = self.bus.connection();
        let mut quiet_until = Instant::now();
        loop {
            tokio::select! {
                _ = beats.tick() => {
                    let all = self.connections.take_all();
                    gauge!("kith_gateway_present_connections").set(all.len() as f64);
                    self.tell(all).await;
                }
                // Nothing got through meanwhile, and nobody may be taken for gone because of it.
                Ok(()) = connection.changed() => {
                    if connection.borrow_and_update().up {
                        self.tell(self.connections.take_all()).await;
                    }
                }
                () = self.connections.changed() => {
                    let gathered = (Instant::now() + GATHER).max(quiet_until);
                    tokio::time::sleep_until(gathered).await;
                    if !self.tell(self.connections.take_changed()).await {
                        quiet_until = Instant::now() + PAUSE;
                    }
                }
            }
        }
    }

    /// Whether it was heard. An empty beat is one too: it says that this gateway lives. What changes while many are told goes
    /// in between: nobody's change waits until all have been told of. What is told late of somebody who has changed has an
    /// older epoch, and changes nothing.
    async fn tell(&self, mut told: Vec<Connected>) -> bool {
        loop {
            let rest = told.split_off(fitting(&told));
            let beat = Beat {
                gateway: self.boot,
                connections: told,
            };
            let heard = self.bus.request(&beat).await;
            let outcome = if heard.is_ok() { "ok" } else { "failed" };
            counter!("kith_gateway_beats_total", "outcome" => outcome).increment(1);
            if let Err(error) = heard {
                tracing::debug!(error = %error, "presence does not take a beat");
                let mut untold = beat.connections;
                untold.extend(rest);
                self.connections.put_back(untold);
                return false;
            }
            if rest.is_empty() {
                return true;
            }
            told = self.connections.take_changed();
            told.extend(rest);
        }
    }
}

/// How many of these fit into one message.
fn fitting(connections: &[Connected]) -> usize {
    let mut bytes = 0;
    let fits = |it: &&Connected| {
        // As JSON, a character may take six bytes.
        let words = it
            .custom_status
            .as_ref()
            .map_or(0, |it| 64 + it.text.len() * 6);
        bytes += 192 + words;
        bytes <= BYTES
    };
    let count = connections
        .iter()
        .take(CONNECTIONS)
        .take_while(fits)
        .count();
    // One alone is never too long, so that it goes on in any case.
    count.max(1).min(connections.len())
}

#[cfg(test)]
mod tests {
    use kith_wire::{ChosenStatus, CustomStatus};
    use uuid::Uuid;

    use super::*;

    fn connected(words: usize) -> Connected {
        Connected {
            connection: u64::MAX,
            user: Uuid::from_u128(u128::MAX).into(),
            epoch: u64::MAX,
            status: Some(ChosenStatus::Invisible),
            custom_status: (words > 0).then(|| CustomStatus {
                text: "\u{1}".repeat(words),
                expires_at: None,
            }),
            rev: i64::MAX,
        }
    }

    #[test]
    fn every_message_is_shorter_than_nats_takes_however_long_the_words_are() {
        for words in [0, 1, 128, 4096] {
            let many = vec![connected(words); 3000];
            let count = fitting(&many);
            assert!((1..=CONNECTIONS).contains(&count));
            let beat = Beat {
                gateway: Uuid::from_u128(u128::MAX).into(),
                connections: many[..count].to_vec(),
            };
            assert!(serde_json::to_vec(&beat).unwrap().len() < 512 * 1024);
        }
        assert_eq!(fitting(&[]), 0);
    }
}
