use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How much may be done: a token bucket that holds `capacity` and is refilled evenly within `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    capacity: u32,
    per: Duration,
}

impl Quota {
    /// `capacity` at once, and as many again in every `per`.
    ///
    /// # Panics
    /// If either is nothing, or if a token would come back faster than one per microsecond: quotas are constants or
    /// checked configuration.
    pub const fn new(capacity: u32, per: Duration) -> Self {
        assert!(
            capacity > 0 && per.as_micros() >= capacity as u128,
            "a quota gives at least one token, and at most one per microsecond"
        );
        Self { capacity, per }
    }

    /// What the full bucket holds.
    pub const fn capacity(self) -> u32 {
        self.capacity
    }

    /// How long the empty bucket takes to be full again.
    pub const fn per(self) -> Duration {
        self.per
    }
}

/// Whose bucket of what: `login.address:203.0.113.9`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LimitKey(String);

impl LimitKey {
    /// The bucket of `who` for `what`. Buckets of different `what` share nothing.
    pub fn new(what: &'static str, who: impl Display) -> Self {
        Self(format!("{what}:{who}"))
    }

    /// As it stands in the cache, behind the namespace.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a limiter says to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    /// After a refusal: when the same request will be allowed, if nothing else is taken. Else zero.
    pub retry_after: Duration,
    /// Whole tokens that are left.
    pub remaining: u32,
}

/// A decision that is still being made.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Decision> + Send + 'a>>;

/// Counts what is done against quotas. A trait, so that the HTTP layer needs no cache client.
pub trait Limiter: Send + Sync + 'static {
    /// Takes `cost` tokens out of the bucket of `key`, or none if it does not hold so many.
    ///
    /// A cost above the capacity is taken as the capacity, so that no request is refused for ever.
    fn take<'a>(&'a self, key: &'a LimitKey, quota: Quota, cost: u32) -> Taking<'a>;
}
