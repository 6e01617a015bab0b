use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use kith_events::{Aggregate, StoredEvent};

/// How many events may wait for the stream's acknowledgements, all aggregates together: some seconds of a busy instance. What
/// does not fit is the relay's.
const CAPACITY: usize = 8192;

/// How an event came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From whoever has just committed it.
    Direct,
    /// Out of the outbox.
    Relayed,
}

impl Way {
    /// As the metrics call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Relayed => "relayed",
        }
    }
}

/// An event that waits, since when.
pub(super) struct Waiting {
    pub(super) event: StoredEvent,
    pub(super) way: Way,
    pub(super) since: Instant,
}

/// One queue per aggregate. The first of each is on its way into the stream, alone: the next one starts when it has
/// been acknowledged, so that a failure can never turn their order round.
#[derive(Default)]
pub(super) struct Lanes {
    queues: HashMap<Aggregate, VecDeque<Waiting>>,
    /// Lanes whose first event has not been sent yet.
    startable: Vec<Aggregate>,
    waiting: usize,
}

impl Lanes {
    /// Queues an event. False if there is no room.
    pub(super) fn push(&mut self, event: StoredEvent, way: Way) -> bool {
        if self.waiting >= CAPACITY {
            return false;
        }
        self.waiting += 1;
        let aggregate = event.head.aggregate();
        let lane = self.queues.entry(aggregate).or_default();
        if lane.is_empty() {
            self.startable.push(aggregate);
        }
        let since = Instant::now();
        lane.push_back(Waiting { event, way, since });
        true
    }

    /// Events to send now.
    pub(super) fn start(&mut self) -> Vec<StoredEvent> {
        let startable = std::mem::take(&mut self.startable);
        startable
            .into_iter()
            .filter_map(|aggregate| Some(self.queues.get(&aggregate)?.front()?.event.clone()))
            .collect()
    }

    /// The first event of a lane has been acknowledged: takes it out, and lets the next one start.
    pub(super) fn advance(&mut self, aggregate: Aggregate) -> Option<Waiting> {
        let lane = self.queues.get_mut(&aggregate)?;
        let done = lane.pop_front();
        self.waiting -= usize::from(done.is_some());
        if lane.is_empty() {
            self.queues.remove(&aggregate);
        } else {
            self.startable.push(aggregate);
        }
        done
    }

    /// Forgets everything that waits in a lane.
    pub(super) fn clear(&mut self, aggregate: Aggregate) {
        if let Some(lane) = self.queues.remove(&aggregate) {
            self.waiting -= lane.len();
        }
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting
    }
}
