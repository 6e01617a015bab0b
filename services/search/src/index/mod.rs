//! Keeping the index up to date: from the stream while it has everything, from the messages where it has not.

mod events;
mod follow;
mod rebuild;
mod refresh;

pub(crate) use follow::follow;
pub use rebuild::rebuild_step;
pub(crate) use rebuild::rebuild_when_ordered;

use std::time::Duration;

use kith_store::{Store, StoreError, search};
use kith_types::MessageId;
use tokio_util::sync::CancellationToken;

/// After so many failures a message is parked.
const ATTEMPTS: i64 = 5;

/// How long to wait after the database did not answer so many times in a row.
fn pause(failures: u32) -> Duration {
    Duration::from_millis(100 << failures.min(5))
}

/// Notes that a message cannot be indexed.
async fn park(store: &Store, message: MessageId, problem: &StoreError) -> Result<(), StoreError> {
    tracing::error!(message.id = %message, error = ?problem, "a message cannot be indexed and is parked; look at search_parked, then run `kith admin reindex`");
    search::park(store, message, &problem_text(problem), store.now()).await?;
    measure_parked(store).await
}

/// What went wrong, without what the message says.
fn problem_text(problem: &StoreError) -> String {
    let causes = std::iter::successors(Some(problem as &dyn std::error::Error), |error| {
        error.source()
    });
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

async fn measure_parked(store: &Store) -> Result<(), StoreError> {
    metrics::gauge!("kith_search_parked").set(search::parked(store).await? as f64);
    Ok(())
}

/// Waits, or until the end; whether it goes on.
async fn rest(time: Duration, stop: &CancellationToken) -> bool {
    stop.run_until_cancelled(tokio::time::sleep(time))
        .await
        .is_some()
}
