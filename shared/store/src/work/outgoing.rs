use kith_events::StoredEvent;

use crate::carried::Look;
use crate::locks::KeyedGuard;

/// What is committed and wants to be published. Give it to the publisher at once: it holds the locks that keep the
/// events of one aggregate in order until they are queued. If it is lost, the relay publishes them a little later.
#[must_use = "give it to the publisher"]
pub struct Committed {
    events: Vec<Outgoing>,
    locks: Vec<KeyedGuard>,
}

/// A committed event, and what its transaction saw of the older ones.
pub struct Outgoing {
    pub event: StoredEvent,
    pub standing: Standing,
}

/// Whether every older event of the aggregate is in the stream, so that this one may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// All of them are.
    Clear,
    /// All before this `rev` are; this one and what follows it were not yet when the row lock was held. Who carried
    /// them all when it looked, just before, may go on with the next.
    From(i64, Look),
    /// Others wrote while the statement waited, and it could not see what: leave it to the relay.
    Unknown,
}

impl Committed {
    pub(crate) fn new(events: Vec<Outgoing>, locks: Vec<KeyedGuard>) -> Self {
        Self { events, locks }
    }

    /// Queues the events by `queue`, and only then lets the next writer of the same aggregates go on.
    pub fn hand_over(self, queue: impl FnOnce(Vec<Outgoing>)) {
        queue(self.events);
        drop(self.locks);
    }
}
