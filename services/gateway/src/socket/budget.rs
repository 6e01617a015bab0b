use kith_types::Quota;
use tokio::time::Instant;

/// How much may still be done: a token bucket, so that who keeps to the rate is never stopped.
#[derive(Debug)]
pub(crate) struct Budget {
    quota: Quota,
    left: f32,
    at: Instant,
}

impl Budget {
    pub(crate) fn new(quota: Quota, now: Instant) -> Self {
        Self {
            quota,
            left: quota.capacity() as f32,
            at: now,
        }
    }

    /// Whether so much more is allowed.
    pub(crate) fn spend(&mut self, cost: u32, now: Instant) -> bool {
        self.refill(now);
        let cost = cost as f32;
        if self.left < cost {
            return false;
        }
        self.left -= cost;
        true
    }

    /// Whether something is left.
    pub(crate) fn is_open(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.left >= 1.0
    }

    /// Whether it is as if nothing had ever been spent.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.left >= self.quota.capacity() as f32
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.duration_since(self.at).as_secs_f32();
        let capacity = self.quota.capacity() as f32;
        let back = passed * capacity / self.quota.per().as_secs_f32();
        self.left = (self.left + back).min(capacity);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const QUOTA: Quota = Quota::new(120, Duration::from_mins(1));

    #[test]
    fn who_keeps_to_half_of_the_rate_is_never_stopped() {
        let start = Instant::now();
        let mut budget = Budget::new(QUOTA, start);
        for second in 0..1000 {
            assert!(budget.spend(1, start + Duration::from_secs(second)));
        }
    }

    #[test]
    fn who_floods_is_stopped_and_may_go_on_later() {
        let now = Instant::now();
        let mut budget = Budget::new(QUOTA, now);
        assert!(budget.is_full(now));
        assert_eq!((0..200).filter(|_| budget.spend(1, now)).count(), 120);
        assert!(!budget.is_open(now));
        let later = now + Duration::from_secs(1);
        assert!(!budget.spend(3, later));
        assert!(budget.is_open(later) && budget.spend(2, later));
        assert!(budget.is_full(later + Duration::from_mins(1)));
    }
}
