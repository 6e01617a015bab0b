use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kith_types::{Clock, Entropy, IdGenerator, WorkerId};
use uuid::Uuid;

use crate::{Store, StoreError};

/// How long a worker number stays ours without renewal. Renew every [`Store::WORKER_RENEWAL`].
const LEASE_SECONDS: i64 = 60;
/// How much earlier we stop using it, for the difference between two machines' clocks.
const MARGIN_SECONDS: u64 = 15;

/// This process' number among those that mint ids, and its generator.
pub(crate) struct Worker {
    holder: Uuid,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    held: Mutex<Option<Held>>,
}

struct Held {
    id: WorkerId,
    ids: Arc<IdGenerator>,
    until: Instant,
}

impl Worker {
    pub(crate) fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let holder = Uuid::from_u64_pair(entropy.next_u64(), entropy.next_u64());
        Self {
            holder,
            clock,
            entropy,
            held: Mutex::default(),
        }
    }

    /// Who this process is, to tell its leases from others'.
    pub(crate) fn holder(&self) -> Uuid {
        self.holder
    }

    fn with<T>(&self, use_it: impl FnOnce(&Held) -> T) -> Result<T, StoreError> {
        let held = self
            .held
            .lock()
            .expect("no code panics while it holds this lock");
        match &*held {
            Some(held) if Instant::now() < held.until => Ok(use_it(held)),
            _ => Err(StoreError::Unavailable(None)),
        }
    }

    pub(crate) fn mint<T: From<Uuid>>(&self) -> Result<T, StoreError> {
        let ids = self.with(|held| held.ids.clone())?;
        Ok(ids.mint())
    }

    /// The number, for the column `writer`.
    pub(crate) fn number(&self) -> Result<i16, StoreError> {
        self.with(|held| held.id.number() as i16)
    }

    fn hold(&self, id: WorkerId, asked: Instant) {
        let until = asked + Duration::from_secs(LEASE_SECONDS as u64 - MARGIN_SECONDS);
        let mut held = self
            .held
            .lock()
            .expect("no code panics while it holds this lock");
        match &mut *held {
            Some(held) if held.id == id => held.until = until,
            other => {
                let ids = IdGenerator::new(id, self.clock.clone(), self.entropy.clone());
                *other = Some(Held {
                    id,
                    ids: Arc::new(ids),
                    until,
                });
            }
        }
    }
}

impl Store {
    /// How often to call [`Store::renew_worker`].
    pub const WORKER_RENEWAL: Duration = Duration::from_secs(15);

    /// Leases a worker number, or renews the one that this process has. Without one no id is minted, so nothing is
    /// written; when it was lost (this process was cut off for a minute), another one is taken.
    pub async fn renew_worker(&self) -> Result<(), StoreError> {
        let worker = self.worker();
        let now = self.now();
        let asked = Instant::now();
        let expires = now.plus_seconds(LEASE_SECONDS);
        let renewed = sqlx::query_scalar!(
            "UPDATE workers SET expires_at = $2 WHERE holder = $1 RETURNING id",
            worker.holder,
            time::OffsetDateTime::from(expires),
        )
        .fetch_optional(self.pool())
        .await?;
        let number = match renewed {
            Some(number) => number,
            None => self.lease_worker(worker.holder).await?,
        };
        let id = WorkerId::new(number as u16)
            .ok_or(StoreError::Corrupt("a worker number that is out of range"))?;
        worker.hold(id, asked);
        Ok(())
    }

    async fn lease_worker(&self, holder: Uuid) -> Result<i16, StoreError> {
        let now = self.now();
        // Two who start at once may want the same number; the loser gets no row and is told to come again.
        sqlx::query_scalar!(
            r#"
            INSERT INTO workers (id, holder, expires_at)
            SELECT number, $1, $2 FROM generate_series(0, 991) AS number
            WHERE NOT EXISTS (SELECT 1 FROM workers WHERE workers.id = number AND workers.expires_at > $3)
            ORDER BY number LIMIT 1
            ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE workers.expires_at <= $3
            RETURNING id
            "#,
            holder,
            time::OffsetDateTime::from(now.plus_seconds(LEASE_SECONDS)),
            time::OffsetDateTime::from(now),
        )
        .fetch_optional(self.pool())
        .await?
        .ok_or(StoreError::Unavailable(None))
    }

    /// Gives the worker number back, at the very end of a graceful stop.
    pub async fn release_worker(&self) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM workers WHERE holder = $1",
            self.worker().holder
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
