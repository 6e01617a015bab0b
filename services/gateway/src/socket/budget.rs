use std::time::Duration;

use tokio::time::Instant;

/// How many frames a client may send at once, and within [`REFILL`]: a heartbeat every 30 seconds is what it needs.
const FRAMES: f32 = 120.0;
const REFILL: Duration = Duration::from_mins(1);

/// How many frames a client may still send: a token bucket, so that who keeps to the rate is never stopped.
#[derive(Debug)]
pub(super) struct Budget {
    left: f32,
    at: Instant,
}

impl Budget {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            left: FRAMES,
            at: now,
        }
    }

    /// Whether one more frame is allowed.
    pub(super) fn spend(&mut self, now: Instant) -> bool {
        let passed = now.duration_since(self.at).as_secs_f32();
        self.left = (self.left + passed * FRAMES / REFILL.as_secs_f32()).min(FRAMES);
        self.at = now;
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_to_half_of_the_rate_is_never_stopped() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for second in 0..1000 {
            assert!(budget.spend(start + Duration::from_secs(second)));
        }
    }

    #[test]
    fn who_floods_is_stopped_and_may_go_on_later() {
        let now = Instant::now();
        let mut budget = Budget::new(now);
        assert_eq!((0..200).filter(|_| budget.spend(now)).count(), 120);
        assert!(budget.spend(now + Duration::from_secs(1)));
    }
}
