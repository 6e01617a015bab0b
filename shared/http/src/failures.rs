use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kith_types::{Decision, LimitKey, Limiter, Quota};

use crate::{ApiError, ClientAddress};

/// Counts by address what turned out to be wrong: a token that nobody has, a signature that nobody made. Whoever is right is not
/// counted, so that those who share an address with many others are let in.
///
/// An address with nothing left is refused before anything is looked up. What is still being looked up counts as if it were
/// wrong, so that many at once find out no more than one after the other would.
#[derive(Clone)]
pub struct Failures(Arc<Inner>);

struct Inner {
    limiter: Arc<dyn Limiter>,
    what: &'static str,
    quota: Quota,
    under_way: Mutex<HashMap<IpAddr, u32>>,
    /// Addresses with nothing left, and until when that is so for certain: a storm of guesses costs no question to the cache each.
    exhausted: Mutex<HashMap<IpAddr, Instant>>,
}

/// Addresses that are remembered as exhausted; then all are asked for again.
const MOST_EXHAUSTED: usize = 4096;

/// Something that is being looked up for an address; to drop it is to have been right.
pub struct Attempt {
    failures: Failures,
    address: IpAddr,
}

impl Failures {
    /// As many wrong ones as the quota gives to each address.
    pub fn new(limiter: Arc<dyn Limiter>, what: &'static str, quota: Quota) -> Self {
        Self(Arc::new(Inner {
            limiter,
            what,
            quota,
            under_way: Mutex::default(),
            exhausted: Mutex::default(),
        }))
    }

    /// Begins to look something up for an address, if it may be wrong once more.
    pub async fn attempt(&self, address: ClientAddress) -> Result<Attempt, ApiError> {
        let address = address.subscriber();
        if self.is_exhausted(address) {
            return Err(self.refused(0));
        }
        let under_way = {
            let mut all = self.under_way();
            let own = all.entry(address).or_insert(0);
            *own += 1;
            *own
        };
        let attempt = Attempt {
            failures: self.clone(),
            address,
        };
        let Inner { limiter, quota, .. } = &*self.0;
        let left = limiter.take(&self.key(address), *quota, 0).await.remaining;
        if left >= under_way {
            return Ok(attempt);
        }
        if left == 0 {
            self.note_exhausted(address);
        }
        Err(self.refused(left))
    }

    fn refused(&self, left: u32) -> ApiError {
        let wait = if left == 0 {
            self.one()
        } else {
            Duration::ZERO
        };
        ApiError::rate_limited(Decision {
            allowed: false,
            retry_after: wait,
            remaining: left,
        })
    }

    /// How long it takes until an address may be wrong once more.
    fn one(&self) -> Duration {
        self.0.quota.per() / self.0.quota.capacity()
    }

    fn is_exhausted(&self, address: IpAddr) -> bool {
        let exhausted = lock(&self.0.exhausted);
        exhausted
            .get(&address)
            .is_some_and(|until| Instant::now() < *until)
    }

    /// A part of the time only: the next one may come back at any moment within it, and who waits as long as they are told is let in.
    fn note_exhausted(&self, address: IpAddr) {
        let mut exhausted = lock(&self.0.exhausted);
        if exhausted.len() >= MOST_EXHAUSTED {
            exhausted.clear();
        }
        exhausted.insert(address, Instant::now() + self.one() / 4);
    }

    fn key(&self, address: IpAddr) -> LimitKey {
        LimitKey::new(self.0.what, address)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        lock(&self.0.under_way)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Attempt {
    /// It was wrong.
    pub async fn failed(self) {
        let Inner { limiter, quota, .. } = &*self.failures.0;
        let key = self.failures.key(self.address);
        limiter.take(&key, *quota, 1).await;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut all = self.failures.under_way();
        if let Some(own) = all.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                all.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kith_types::Taking;

    use super::*;

    /// One bucket of three that is never refilled: the engine's own are tested where they are.
    #[derive(Default)]
    struct Three(Mutex<HashMap<String, u32>>);

    impl Limiter for Three {
        fn take<'a>(&'a self, key: &'a LimitKey, _: Quota, cost: u32) -> Taking<'a> {
            let mut all = self.0.lock().unwrap();
            let taken = all.entry(key.as_str().to_owned()).or_insert(0);
            *taken = (*taken + cost).min(3);
            let remaining = 3 - *taken;
            Box::pin(std::future::ready(Decision {
                allowed: true,
                retry_after: Duration::ZERO,
                remaining,
            }))
        }
    }

    fn failures() -> Failures {
        let quota = Quota::new(3, Duration::from_secs(3));
        Failures::new(Arc::new(Three::default()), "wrong", quota)
    }

    fn address(text: &str) -> ClientAddress {
        ClientAddress::of(text.parse().unwrap())
    }

    #[tokio::test]
    async fn only_what_was_wrong_is_counted_and_only_for_its_address() {
        let failures = failures();
        for _ in 0..20 {
            drop(failures.attempt(address("192.0.2.1")).await.unwrap());
        }
        for _ in 0..3 {
            let attempt = failures.attempt(address("192.0.2.1")).await;
            attempt.ok().unwrap().failed().await;
        }
        assert!(failures.attempt(address("192.0.2.1")).await.is_err());
        assert!(failures.attempt(address("192.0.2.2")).await.is_ok());
    }

    #[tokio::test]
    async fn a_whole_ipv6_network_is_one_address() {
        let failures = failures();
        for host in 1..4 {
            let attempt = failures
                .attempt(address(&format!("2001:db8::{host}")))
                .await;
            attempt.ok().unwrap().failed().await;
        }
        assert!(failures.attempt(address("2001:db8::ffff:1")).await.is_err());
        assert!(failures.attempt(address("2001:db8:0:1::1")).await.is_ok());
    }

    #[tokio::test]
    async fn many_at_once_find_out_no_more_than_one_after_the_other() {
        let failures = failures();
        let mut under_way = Vec::new();
        for _ in 0..10 {
            under_way.extend(failures.attempt(address("192.0.2.1")).await.ok());
        }
        assert_eq!(under_way.len(), 3);
        under_way.clear();
        assert!(failures.attempt(address("192.0.2.1")).await.is_ok());
        assert!(failures.under_way().is_empty());
    }
}
