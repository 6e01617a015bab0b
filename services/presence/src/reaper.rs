use std::sync::Arc;
use std::time::Duration;

use kith_cache::{CachePresence, PresenceError};
use kith_runtime::Check;
use kith_types::Clock;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::answers::forget_expired;
use crate::teller::Teller;

/// How many calls one turn makes at most: the next turn goes on.
const CALLS: usize = 100;

/// Finds out who has stopped beating. Every process does it, and none does twice what another has done.
pub(crate) struct Reaper {
    pub(crate) presence: CachePresence,
    pub(crate) teller: Teller,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: Check,
    pub(crate) every: Duration,
}

impl Reaper {
    /// Works until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut turns = tokio::time::interval(self.every);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = turns.tick() => {}
                () = stop.cancelled() => return,
            }
            match self.turn().await {
                Ok(()) => self.health.up(),
                Err(PresenceError::Corrupt) => {
                    tracing::error!("what the cache holds of presence cannot be read");
                }
                Err(error) => self.health.down(error.to_string()),
            }
        }
    }

    async fn turn(&self) -> Result<(), PresenceError> {
        for _ in 0..CALLS {
            let now = self.clock.now();
            let (mut changed, more) = self.presence.reap(now).await?;
            for presence in &mut changed {
                forget_expired(presence, now);
            }
            self.teller.tell(&changed).await;
            if !more {
                break;
            }
        }
        Ok(())
    }
}
