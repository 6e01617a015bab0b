use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use fred::types::scripts::Script;
use kith_types::{Clock, Decision, LimitKey, Limiter, Quota, Taking};

use crate::Cache;
use crate::bucket;

/// After a failure the cache is not asked for this long, so that a frozen one does not cost every request its timeout.
const PAUSE: Duration = Duration::from_secs(1);
/// Buckets that this process counts for itself, about 10 MB. Then those that are full again are forgotten, and if that
/// is not enough, all: limits that are mild for a moment are better than memory that strangers fill.
const MOST_LOCAL: usize = 100_000;

/// Token buckets in the cache, so that all processes count together; each for itself while the cache is away.
pub struct CacheLimiter {
    cache: Cache,
    clock: Arc<dyn Clock>,
    script: Script,
    /// When it last failed to answer. Not by the clock, which may be set back and would then keep the cache unasked for long.
    failed_at: Mutex<Option<Instant>>,
    local: Mutex<HashMap<LimitKey, i64>>,
}

impl CacheLimiter {
    pub(crate) fn new(cache: Cache, clock: Arc<dyn Clock>) -> Self {
        let script = Script::from_lua(include_str!("bucket.lua"));
        Self {
            cache,
            clock,
            script,
            failed_at: Mutex::default(),
            local: Mutex::default(),
        }
    }

    async fn shared(&self, key: &LimitKey, quota: Quota, cost: u32) -> Option<Decision> {
        if !self.cache.is_connected() || self.is_paused() {
            return None;
        }
        let now = self.clock.now().millis() * 1000;
        let (per, token) = bucket::micros(quota);
        let name = format!("{}:limit:{}", self.cache.namespace, key.as_str());
        let arguments = vec![
            now,
            per,
            token,
            i64::from(cost.min(quota.capacity())),
            self.local(now).get(key).copied().unwrap_or(0),
        ];
        let answer: Result<(i64, i64, i64, i64), _> = self
            .script
            .evalsha_with_reload(&self.cache.client, name, arguments)
            .await;
        match answer {
            Ok((allowed, wait, remaining, full_at)) => {
                // Remembered, so that a cache that goes away does not fill every bucket again.
                // A full bucket is as good as none.
                if full_at > now {
                    self.local(now).insert(key.clone(), full_at);
                }
                Some(Decision {
                    allowed: allowed == 1,
                    retry_after: Duration::from_micros(wait.max(0) as u64),
                    remaining: remaining.max(0) as u32,
                })
            }
            Err(error) => {
                tracing::debug!(error.cause = %error, "the cache did not answer");
                *self.failed_at() = Some(Instant::now());
                None
            }
        }
    }

    fn is_paused(&self) -> bool {
        self.failed_at().is_some_and(|at| at.elapsed() < PAUSE)
    }

    fn failed_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failed_at
            .lock()
            .expect("no code panics while it holds this lock")
    }

    fn alone(&self, key: &LimitKey, quota: Quota, cost: u32) -> Decision {
        let now = self.clock.now().millis() * 1000;
        let mut local = self.local(now);
        let full_at = local.entry(key.clone()).or_insert(0);
        let (decision, after) = bucket::take(*full_at, now, quota, cost);
        *full_at = after;
        decision
    }

    /// This process' own buckets, with room for one more.
    fn local(&self, now: i64) -> MutexGuard<'_, HashMap<LimitKey, i64>> {
        let mut local = self
            .local
            .lock()
            .expect("no code panics while it holds this lock");
        if local.len() >= MOST_LOCAL {
            local.retain(|_, full_at| *full_at > now);
            // Looking through all of them has to pay: it makes room for many.
            if local.len() > MOST_LOCAL / 2 {
                local.clear();
            }
        }
        local
    }
}

impl Limiter for CacheLimiter {
    fn take<'a>(&'a self, key: &'a LimitKey, quota: Quota, cost: u32) -> Taking<'a> {
        Box::pin(async move {
            let (decision, counted) = match self.shared(key, quota, cost).await {
                Some(decision) => (decision, "cache"),
                None => (self.alone(key, quota, cost), "process"),
            };
            let outcome = if decision.allowed {
                "allowed"
            } else {
                "refused"
            };
            metrics::counter!("kith_limits_total", "by" => counted, "outcome" => outcome)
                .increment(1);
            decision
        })
    }
}
