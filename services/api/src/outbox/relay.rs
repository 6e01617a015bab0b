use std::error::Error;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use kith_bus::{Bus, Nudges, ProbeError, StreamError, StreamLimits};
use kith_store::{Adopted, Reconciled, Store, StoreError};
use tokio_util::sync::CancellationToken;

use super::Publisher;
use super::losses::Losses;

/// One process at a time relays.
const LEASE: &str = "outbox_relay";
const LEASE_SECONDS: i64 = 20;
/// The lease is renewed after this time, not in every round: each renewal is a write.
const RENEW: Duration = Duration::from_secs(6);
/// Who does not have it asks this often.
const ASK: Duration = Duration::from_secs(2);
/// Without a nudge it looks this often.
const PAUSE: Duration = Duration::from_millis(500);
/// After it has found something it looks again this soon: there may be more than it took.
const SOON: Duration = Duration::from_millis(20);
/// How long an event is left to the process that wrote it.
const GRACE_SECONDS: i64 = 2;
/// How often the stream is compared with what it has acknowledged.
const COMPARE: Duration = Duration::from_secs(2);
/// How often it is made sure that the streams and consumers are there: what somebody removes is back within this time.
const ENSURE: Duration = Duration::from_secs(30);
/// How much one round takes, of one aggregate and in all.
const EACH: i64 = 512;
const MOST: i64 = 4096;
/// How long the last rounds may take when the process ends; others go on.
const LAST_ROUNDS: Duration = Duration::from_secs(5);

/// Finds what no publisher carries, and gives it to the one of this process: after a crash, after an outage, and where two
/// processes write to one channel. From then on this process' own events follow directly again.
pub(crate) struct Relay {
    store: Store,
    bus: Bus,
    publisher: Publisher,
    limits: StreamLimits,
    /// Whether we hold the lease, and when that was last asked.
    lease: Option<(bool, Instant)>,
    /// The connection that the stream was last made sure of on.
    ensured: Option<u64>,
    /// When the consumers were; none if they have to be, on another connection or after a failure.
    prepared: Option<Instant>,
    compared: Option<Instant>,
    losses: Losses,
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
    pub(crate) fn new(store: Store, bus: Bus, publisher: Publisher, limits: StreamLimits) -> Self {
        Self {
            store,
            bus,
            publisher,
            limits,
            lease: None,
            ensured: None,
            prepared: None,
            compared: None,
            losses: Losses::default(),
        }
    }

    /// Relays until `end`, then hands over what is left.
    pub(crate) async fn run(mut self, end: CancellationToken) {
        let mut nudges = self.bus.nudges().await.ok();
        let store = self.store.clone();
        while !end.is_cancelled() {
            let found = store
                .unless_away(self.round())
                .await
                .unwrap_or_else(|error| {
                    tracing::debug!(error = %error, "the relay has to wait");
                    0
                });
            if nudges.is_none() {
                nudges = self.bus.nudges().await.ok();
            }
            let pause = if found > 0 { SOON } else { PAUSE };
            self.pause(pause, nudges.as_mut(), &end).await;
        }
        let last_rounds = async {
            while matches!(self.round().await, Ok(1..)) {
                tokio::time::sleep(SOON).await;
            }
            self.store.release_lease(LEASE).await
        };
        if let Ok(Err(error)) = tokio::time::timeout(LAST_ROUNDS, last_rounds).await {
            tracing::debug!(error = %error, "the relay's lease runs out by itself");
        }
    }

    async fn pause(&self, pause: Duration, nudges: Option<&mut Nudges>, end: &CancellationToken) {
        let woken = async {
            match nudges {
                Some(nudges) => {
                    let woken = nudges.next().await;
                    // One round serves all that have come in.
                    while let Some(Some(())) = nudges.next().now_or_never() {}
                    woken
                }
                None => None,
            }
        };
        // A closed subscription never nudges.
        let woken = async {
            if woken.await.is_none() {
                std::future::pending::<()>().await;
            }
        };
        let mut connection = self.bus.connection();
        connection.mark_unchanged();
        tokio::select! {
            () = woken => {}
            _ = connection.changed() => {}
            () = tokio::time::sleep(pause) => {}
            () = end.cancelled() => {}
        }
    }

    /// Hands over what is due; how many events that were.
    async fn round(&mut self) -> Result<usize, Trouble> {
        if !self.bus.is_connected() || !self.hold_lease().await? {
            return Ok(0);
        }
        self.look_at_stream().await?;
        let before = self.store.now().plus_seconds(-GRACE_SECONDS);
        let events = self.store.unsettled(before, EACH, MOST).await?;
        let mut found = 0;
        for events in events.chunk_by(|a, b| a.head.aggregate() == b.head.aggregate()) {
            for event in events {
                match self.publisher.adopt(event.clone()) {
                    Adopted::New => found += 1,
                    Adopted::Already => {}
                    Adopted::NotNow => break,
                }
            }
        }
        Ok(found)
    }

    /// Makes the consumers that the others use. Publishing does not wait for it: they are late, and lose nothing.
    async fn prepare(&mut self) {
        if self.prepared.is_some_and(|at| at.elapsed() < ENSURE) {
            return;
        }
        match self.bus.ensure_consumers(self.limits.replicas).await {
            Ok(()) => self.prepared = Some(Instant::now()),
            Err(error) => {
                tracing::warn!(error = %error, cause = ?error.source(), "a consumer cannot be made; it is tried again");
            }
        }
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
            self.prepared = None;
        }
        self.prepare().await;
        // In this order: afterwards the stream can only have more.
        let newest = self.store.newest_settled().await?;
        let Some(stream) = self.bus.stream_state().await? else {
            // Somebody removed it under our hands.
            self.ensured = None;
            return Ok(());
        };
        if let Some((highest, seen)) = self.losses.compare(&self.bus, newest, &stream).await?
            && let Reconciled::Lost { events, epoch } = self.store.reconcile(highest, seen).await?
        {
            tracing::error!(
                events,
                epoch,
                acknowledged = highest,
                has = seen.last_seq,
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
