use std::collections::HashMap;
use std::time::{Duration, Instant};

use kith_events::Aggregate;
use kith_store::{Settled, Store};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The most that one statement settles.
const BATCH: usize = 512;
/// Until the next attempt when the database is away.
const RETRY: Duration = Duration::from_millis(500);

/// Notes acknowledged events in the database, as many at once as have come in while the statement before ran, until the
/// publisher has ended. Each comes with the moment at which it was queued.
pub(crate) async fn run(
    store: Store,
    mut acknowledged: mpsc::Receiver<(Settled, Instant)>,
    end: CancellationToken,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while acknowledged.recv_many(&mut batch, BATCH).await > 0 {
        let events: Vec<Settled> = batch.iter().map(|(settled, _)| *settled).collect();
        while let Err(error) = store.unless_away(store.settle(&events)).await {
            tracing::warn!(error = %error, "events could not be settled yet");
            if end
                .run_until_cancelled(tokio::time::sleep(RETRY))
                .await
                .is_none()
            {
                // The process ends; the relay of another one finds them unsettled and publishes them again.
                return;
            }
        }
        let mut newest: HashMap<Aggregate, i64> = HashMap::new();
        for (settled, since) in batch.drain(..) {
            newest.insert(settled.aggregate, settled.rev);
            metrics::histogram!("kith_outbox_settle_seconds").record(since.elapsed());
        }
        for (aggregate, rev) in newest {
            store.carried().settled(aggregate, rev);
        }
    }
}
