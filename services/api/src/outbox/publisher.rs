use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kith_bus::{Bus, PublishError, Published};
use kith_events::{Aggregate, StoredEvent};
use kith_store::{Adopted, Committed, Outgoing, Settled, Store};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::lanes::{Lanes, Way};

/// The sequence of an event that the stream will never take.
const NOWHERE: u64 = 0;

/// Takes committed events and publishes what may follow directly. It never makes anybody wait.
#[derive(Clone)]
pub(crate) struct Publisher(Arc<Shared>);

struct Shared {
    store: Store,
    lanes: Mutex<Lanes>,
    /// A lane can start.
    work: Notify,
    /// The relay has something to do.
    left: Notify,
}

impl Publisher {
    /// A publisher for the events of `store`; nothing is published before [`Self::run`].
    pub(crate) fn new(store: Store) -> Self {
        Self(Arc::new(Shared {
            store,
            lanes: Mutex::default(),
            work: Notify::new(),
            left: Notify::new(),
        }))
    }

    /// Takes what a unit of work has committed. Every [`Committed`] comes here at once.
    pub(crate) fn publish(&self, committed: Committed) {
        committed.hand_over(|events| {
            for Outgoing { event, standing } in events {
                self.offer(event, standing);
            }
        });
    }

    fn offer(&self, event: StoredEvent, standing: kith_store::Standing) {
        let (aggregate, rev) = (event.head.aggregate(), event.head.rev);
        let queue = || self.lanes(|lanes| lanes.push(event, Way::Direct));
        if self.0.store.carried().take(aggregate, rev, standing, queue) {
            self.0.work.notify_one();
        } else {
            self.0.left.notify_one();
        }
    }

    /// Takes an event that the relay has found in the outbox.
    pub(super) fn adopt(&self, event: StoredEvent) -> Adopted {
        let (aggregate, rev) = (event.head.aggregate(), event.head.rev);
        let queue = || self.lanes(|lanes| lanes.push(event, Way::Relayed));
        let adopted = self.0.store.carried().adopt(aggregate, rev, queue);
        if adopted == Adopted::New {
            self.0.work.notify_one();
        }
        adopted
    }

    fn lanes<T>(&self, act: impl FnOnce(&mut Lanes) -> T) -> T {
        act(&mut self
            .0
            .lanes
            .lock()
            .expect("no code panics while it holds this lock"))
    }

    /// Publishes until `end`, then what still waits.
    pub(crate) async fn run(
        self,
        bus: Bus,
        settled: mpsc::Sender<(Settled, Instant)>,
        end: CancellationToken,
    ) {
        let mut under_way = FuturesUnordered::new();
        loop {
            for event in self.lanes(Lanes::start) {
                under_way.push(send(&bus, event));
            }
            metrics::gauge!("kith_outbox_queued").set(self.lanes(|lanes| lanes.len()) as f64);
            tokio::select! {
                Some((aggregate, outcome)) = under_way.next() => self.conclude(aggregate, outcome, &settled),
                () = self.0.work.notified() => {}
                () = end.cancelled(), if under_way.is_empty() && self.lanes(|lanes| lanes.len()) == 0 => return,
            }
        }
    }

    fn conclude(
        &self,
        aggregate: Aggregate,
        outcome: Result<Published, PublishError>,
        settled: &mpsc::Sender<(Settled, Instant)>,
    ) {
        let stream_seq = match outcome {
            Ok(published) => published.stream_seq,
            Err(PublishError::TooLarge) => {
                // It would stand in the way of everything behind it for ever.
                tracing::error!("an event is larger than the stream takes, and is left out");
                NOWHERE
            }
            Err(error) => {
                tracing::debug!(error = %error, "an event is left to the relay");
                return self.give_up(aggregate);
            }
        };
        let Some(waiting) = self.lanes(|lanes| lanes.advance(aggregate)) else {
            return;
        };
        metrics::counter!("kith_outbox_published_total", "path" => waiting.way.name()).increment(1);
        let note = Settled {
            aggregate,
            rev: waiting.event.head.rev,
            stream_seq,
        };
        if settled.try_send((note, waiting.since)).is_err() {
            // It is in the stream; the relay finds that out by publishing it again.
            self.give_up(aggregate);
        }
    }

    /// Leaves everything of an aggregate to the relay.
    fn give_up(&self, aggregate: Aggregate) {
        let empty = || self.lanes(|lanes| lanes.clear(aggregate));
        self.0.store.carried().give_up(aggregate, empty);
        self.0.left.notify_one();
    }

    /// Tells the relay, wherever it runs, whenever something is left to it.
    pub(crate) async fn nudge(self, bus: Bus, end: CancellationToken) {
        while end
            .run_until_cancelled(self.0.left.notified())
            .await
            .is_some()
        {
            // Without a connection the relay has nothing to do either, and looks by itself when it is back.
            if let Err(error) = bus.nudge().await {
                tracing::debug!(error = %error, "the relay could not be nudged");
            }
        }
    }
}

async fn send(bus: &Bus, event: StoredEvent) -> (Aggregate, Result<Published, PublishError>) {
    let aggregate = event.head.aggregate();
    let outcome = async { bus.publish_event(&event).await?.wait().await }.await;
    (aggregate, outcome)
}
