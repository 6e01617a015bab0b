use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use kith_bus::{Bus, Nudges, ProbeError, PublishError, StreamError, StreamLimits};
use kith_events::StoredEvent;
use kith_store::{Reconciled, Settled, Store, StoreError, StreamSeen};
use tokio_util::sync::CancellationToken;

/// One process at a time relays.
const LEASE: &str = "outbox_relay";
const LEASE_SECONDS: i64 = 20;
/// The lease is renewed after this time, not in every round: each renewal is a write. A round that begins just before and takes
/// as long as it may ends well before the lease does.
const RENEW: Duration = Duration::from_secs(6);
/// Who does not have it asks this often.
const ASK: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(5);
/// Without a nudge it looks this often.
const PAUSE: Duration = Duration::from_millis(500);
/// How long an event is left to the process that wrote it.
const GRACE_SECONDS: i64 = 2;
/// How often the stream is compared with what it has acknowledged.
const COMPARE: Duration = Duration::from_secs(2);
/// Aggregates per round, and events of each.
const AGGREGATES: i64 = 256;
const EVENTS: i64 = 64;
/// Aggregates that are published at the same time, each in its own order.
const AT_ONCE: usize = 64;
/// How long the last round may take when the process ends; others go on.
const LAST_ROUNDS: Duration = Duration::from_secs(5);

/// Publishes what no publisher carries: after a crash, after an outage, and where two processes write to one channel.
pub(crate) struct Relay {
    store: Store,
    bus: Bus,
    limits: StreamLimits,
    /// Whether we hold the lease, and when that was last asked.
    lease: Option<(bool, Instant)>,
    /// The connection that the stream was last made sure of on.
    ensured: Option<u64>,
    compared: Option<Instant>,
}

/// Why a round broke off. The next one tries again.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

impl Relay {
    pub(crate) fn new(store: Store, bus: Bus, limits: StreamLimits) -> Self {
        Self {
            store,
            bus,
            limits,
            lease: None,
            ensured: None,
            compared: None,
        }
    }

    /// Relays until `end`, then what is left.
    pub(crate) async fn run(mut self, end: CancellationToken) {
        let mut nudges = self.bus.nudges().await.ok();
        while !end.is_cancelled() {
            match self.round().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::debug!(error = %error, "the relay has to wait"),
            }
            if nudges.is_none() {
                nudges = self.bus.nudges().await.ok();
            }
            self.pause(nudges.as_mut(), &end).await;
        }
        let last_rounds = async { while matches!(self.round().await, Ok(1..)) {} };
        let _ = tokio::time::timeout(LAST_ROUNDS, last_rounds).await;
        if let Err(error) = self.store.release_lease(LEASE).await {
            tracing::debug!(error = %error, "the relay's lease runs out by itself");
        }
    }

    async fn pause(&self, nudges: Option<&mut Nudges>, end: &CancellationToken) {
        let woken = async {
            // A closed subscription never nudges.
            let nudge = match nudges {
                Some(nudges) => nudges.next().await,
                None => None,
            };
            if nudge.is_none() {
                std::future::pending::<()>().await;
            }
        };
        let mut connection = self.bus.connection();
        connection.mark_unchanged();
        tokio::select! {
            () = woken => {}
            _ = connection.changed() => {}
            () = tokio::time::sleep(PAUSE) => {}
            () = end.cancelled() => {}
        }
    }

    /// Publishes what is due; how many events were settled.
    async fn round(&mut self) -> Result<usize, Trouble> {
        if !self.bus.is_connected() || !self.hold_lease().await? {
            return Ok(0);
        }
        self.look_at_stream().await?;
        let before = self.store.now().plus_seconds(-GRACE_SECONDS);
        let events = self.store.unsettled(before, AGGREGATES, EVENTS).await?;
        if events.is_empty() {
            return Ok(0);
        }
        let deadline = Instant::now() + ROUND;
        let aggregates = events.chunk_by(|a, b| a.head.aggregate() == b.head.aggregate());
        let in_order: Vec<_> = aggregates
            .map(|events| publish_in_order(&self.bus, events, deadline))
            .collect();
        let settled: Vec<Settled> = stream::iter(in_order)
            .buffer_unordered(AT_ONCE)
            .concat()
            .await;
        self.store.settle(&settled).await?;
        metrics::counter!("kith_outbox_published_total", "path" => "relayed")
            .increment(settled.len() as u64);
        Ok(settled.len())
    }

    async fn hold_lease(&mut self) -> Result<bool, StoreError> {
        if let Some((held, at)) = self.lease
            && at.elapsed() < if held { RENEW } else { ASK }
        {
            return Ok(held);
        }
        let at = Instant::now();
        // Until the answer is there, nobody knows.
        self.lease = None;
        let expires = self.store.now().plus_seconds(LEASE_SECONDS);
        let held = self.store.hold_lease(LEASE, expires).await?;
        self.lease = Some((held, at));
        Ok(held)
    }

    /// Makes sure that the stream is there, after each reconnection, and has what it acknowledged, now and then.
    async fn look_at_stream(&mut self) -> Result<(), Trouble> {
        let connection = self.bus.connection().borrow().count;
        let same = self.ensured == Some(connection);
        if same && self.compared.is_some_and(|at| at.elapsed() < COMPARE) {
            return Ok(());
        }
        if !same {
            self.bus.ensure_stream(self.limits).await?;
        }
        let highest = self.store.highest_settled().await?;
        let Some(stream) = self.bus.stream_state().await? else {
            // Somebody removed it under our hands.
            self.ensured = None;
            return Ok(());
        };
        let seen = StreamSeen {
            created: stream.created,
            last_seq: stream.last_seq,
        };
        if let Reconciled::Lost { events, epoch } = self.store.reconcile(highest, seen).await? {
            tracing::error!(
                events,
                epoch,
                "the stream has lost events; they are published again"
            );
            metrics::counter!("kith_outbox_stream_losses_total").increment(1);
        }
        let backlog = self.store.backlog().await?;
        let age = backlog
            .oldest
            .map_or(0, |oldest| self.store.now().millis() - oldest.millis());
        metrics::gauge!("kith_outbox_unsettled").set(backlog.events as f64);
        metrics::gauge!("kith_outbox_oldest_seconds").set(age.max(0) as f64 / 1000.0);
        self.ensured = Some(connection);
        self.compared = Some(Instant::now());
        Ok(())
    }
}

/// Publishes events of one aggregate, each when the one before it has been acknowledged, up to the first failure.
async fn publish_in_order(bus: &Bus, events: &[StoredEvent], deadline: Instant) -> Vec<Settled> {
    let mut settled = Vec::with_capacity(events.len());
    for event in events {
        if Instant::now() >= deadline {
            break;
        }
        let stream_seq = match async { bus.publish_event(event).await?.wait().await }.await {
            Ok(published) => published.stream_seq,
            Err(PublishError::TooLarge) => {
                // It would stand in the way of everything behind it for ever.
                tracing::error!(event.id = %event.head.id, "an event is larger than the stream takes, and is left out");
                0
            }
            Err(error) => {
                tracing::debug!(error = %error, "an event waits in the outbox");
                break;
            }
        };
        settled.push(Settled {
            aggregate: event.head.aggregate(),
            rev: event.head.rev,
            stream_seq,
        });
    }
    settled
}
