//! What has to be done again and again: keys that were changed are read, instances that failed are tried again, nonces that
//! nobody can use any more are purged.

use std::sync::Arc;
use std::time::Duration;

use kith_runtime::Check;
use kith_store::{Store, StoreError, peers};
use kith_types::OsEntropy;
use tokio_util::sync::CancellationToken;

use crate::Core;
use crate::keys::KeySource;
use crate::outgoing;

/// A new key signs a minute after it was made: long before, every process has read it.
const READ_KEYS_EVERY: Duration = Duration::from_secs(2);
const GREET_EVERY: Duration = Duration::from_secs(1);
const PURGE_EVERY: Duration = Duration::from_secs(30);
/// One process at a time greets those that failed.
const LEASE: &str = "federation_health";
const LEASE_SECONDS: i64 = 30;
/// Rows that one statement deletes at most.
const BATCH: i64 = 2000;

/// Watches until `stop` whether Postgres answers.
pub(crate) async fn watch_postgres(store: Store, postgres: Check, stop: CancellationToken) {
    let watching = store.keep_pulse(|answer| match answer {
        Ok(()) => postgres.up(),
        Err(error) => postgres.down(error.to_string()),
    });
    stop.run_until_cancelled(watching).await;
}

/// Reads the keys again whenever their file was written.
pub(crate) async fn follow_keys(core: Core, source: KeySource, stop: CancellationToken) {
    let mut seen = source.written();
    while wait(READ_KEYS_EVERY, &stop).await {
        let written = source.written();
        if written == seen {
            continue;
        }
        // A file is read off the threads that serve.
        let reader = source.clone();
        let read = tokio::task::spawn_blocking(move || reader.load(&OsEntropy)).await;
        match read {
            Ok(Ok(ring)) => {
                tracing::info!(federation.key = ring.newest(), "the keys were read again");
                core.keys.replace(ring);
                seen = written;
            }
            Ok(Err(error)) => {
                tracing::error!(error.cause = %error, "the keys cannot be read; the ones from before stay");
                seen = written;
            }
            Err(error) => tracing::error!(error.cause = %error, "the keys cannot be read"),
        }
    }
}

/// Greets instances that failed, when their wait is over.
pub(crate) async fn try_again(core: Core, stop: CancellationToken) {
    let core = Arc::new(core);
    while wait(GREET_EVERY, &stop).await {
        let expires = core.now().plus_seconds(LEASE_SECONDS);
        let outcome = async {
            if core.store.hold_lease(LEASE, expires).await? {
                outgoing::greet_due(&core).await?;
            }
            Ok::<(), StoreError>(())
        };
        if let Err(error) = Box::pin(core.store.unless_away(outcome)).await {
            tracing::warn!(error.cause = %error, "instances that failed have to wait");
        }
    }
    if let Err(error) = core.store.release_lease(LEASE).await {
        tracing::debug!(error.cause = %error, "the lease runs out by itself");
    }
}

/// Purges what nobody needs any more.
pub(crate) async fn purge(core: Core, stop: CancellationToken) {
    while wait(PURGE_EVERY, &stop).await {
        let purging = peers::purge_nonces(&core.store, core.now(), BATCH);
        match core.store.unless_away(purging).await {
            Ok(rows) => metrics::counter!("kith_federation_purged_nonces_total").increment(rows),
            Err(error) => tracing::warn!(error.cause = %error, "the purge has to wait"),
        }
    }
}

/// False when it is time to end.
async fn wait(time: Duration, stop: &CancellationToken) -> bool {
    stop.run_until_cancelled(tokio::time::sleep(time))
        .await
        .is_some()
}
