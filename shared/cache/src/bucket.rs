use std::time::Duration;

use kith_types::{Decision, Quota};

/// A token bucket, kept as one number: the moment at which it will be full again, in microseconds.
///
/// Taking moves that moment into the future, time lets it pass. A refusal changes nothing, so who keeps asking is
/// not punished for it. This is the generic cell rate algorithm (ITU-T I.371), and `bucket.lua` does the same in the cache.
/// A moment that lies further ahead than an empty bucket's comes from a clock that went back, or from another process
/// whose clock is ahead: it counts as empty, so nobody waits longer than for a whole bucket.
pub(crate) fn take(known: i64, now: i64, quota: Quota, cost: u32) -> (Decision, i64) {
    let (per, token) = micros(quota);
    let cost = i64::from(cost.min(quota.capacity()));
    let full_at = known.clamp(now, now + per);
    let after = full_at + cost * token;
    let wait = after - per - now;
    let (allowed, kept) = if wait > 0 {
        (false, full_at)
    } else {
        (true, after)
    };
    let decision = Decision {
        allowed,
        retry_after: Duration::from_micros(wait.max(0) as u64),
        remaining: ((per - (kept - now)) / token) as u32,
    };
    // A full bucket is as good as none.
    (decision, if kept > now { kept } else { known })
}

/// How long the empty bucket takes to be full, and how long one token takes, in microseconds.
pub(crate) fn micros(quota: Quota) -> (i64, i64) {
    let token = quota.per().as_micros() as i64 / i64::from(quota.capacity());
    // Whole tokens: what is lost by rounding makes the limit milder by less than a millionth of a second per token.
    (token * i64::from(quota.capacity()), token)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUOTA: Quota = Quota::new(10, Duration::from_secs(10));
    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_full_bucket_gives_all_at_once_and_then_one_by_one() {
        let mut state = 0;
        for left in (0..10).rev() {
            let (decision, next) = take(state, SECOND, QUOTA, 1);
            assert!(decision.allowed);
            assert_eq!(decision.remaining, left);
            state = next;
        }
        let (refused, same) = take(state, SECOND, QUOTA, 1);
        assert!(!refused.allowed);
        assert_eq!((refused.retry_after, same), (Duration::from_secs(1), state));
        assert!(take(state, 2 * SECOND, QUOTA, 1).0.allowed);
    }

    #[test]
    fn who_sends_at_half_the_allowed_rate_is_never_refused() {
        let mut state = 0;
        for index in 0..10_000 {
            let (decision, next) = take(state, index * 2 * SECOND, QUOTA, 1);
            assert!(decision.allowed, "the {index}th was refused");
            state = next;
        }
    }

    #[test]
    fn a_clock_that_went_back_makes_nobody_wait_for_more_than_a_bucket() {
        let (decision, _) = take(3600 * SECOND, SECOND, QUOTA, 1);
        assert_eq!(decision.retry_after, Duration::from_secs(1));
        assert_eq!(decision.remaining, 0);
    }

    proptest! {
        #[test]
        fn retry_after_is_honest_and_exact(costs in prop::collection::vec((1_u32..6, 0_i64..3_000_000), 1..200)) {
            let (mut state, mut now) = (0, SECOND);
            for (cost, pause) in costs {
                now += pause;
                let (decision, next) = take(state, now, QUOTA, cost);
                if !decision.allowed {
                    let wait = decision.retry_after.as_micros() as i64;
                    prop_assert!(take(state, now + wait, QUOTA, cost).0.allowed);
                    prop_assert!(!take(state, now + wait - 1, QUOTA, cost).0.allowed);
                }
                state = next;
            }
        }
    }
}
