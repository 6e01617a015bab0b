//! What has to be done again and again: the worker number is renewed, what nobody needs any more is purged.

use std::time::Duration;

use kith_runtime::Check;
use kith_store::{Store, StoreError, accounts};
use tokio_util::sync::CancellationToken;

/// After a failure the worker number is asked for this often.
const RETRY: Duration = Duration::from_secs(1);
/// One process at a time purges.
const LEASE: &str = "upkeep";
const LEASE_SECONDS: i64 = 120;
const PURGE_EVERY: Duration = Duration::from_secs(30);
/// Rows that one statement deletes at most, so that none takes long.
const BATCH: i64 = 2000;
/// How long a client may send a nonce again.
const NONCE_SECONDS: i64 = 24 * 3600;
/// A device from which nobody logged in for so long is a strange one again.
const DEVICE_SECONDS: i64 = 365 * 24 * 3600;

/// Says how Postgres stands, until `end`.
pub(crate) async fn watch_postgres(store: Store, postgres: Check, end: CancellationToken) {
    let watching = store.keep_pulse(|answer| match answer {
        Ok(()) => postgres.up(),
        Err(error) => postgres.down(error.to_string()),
    });
    end.run_until_cancelled(watching).await;
}

/// Holds a worker number until `end`, and keeps the instance's name in the database as it is configured. `minting` is up once
/// both were done.
pub(crate) async fn keep_worker(
    store: Store,
    name: String,
    minting: Check,
    end: CancellationToken,
) {
    loop {
        let wait = match store.unless_away(take_place(&store, &name)).await {
            Ok(()) => {
                minting.up();
                Store::WORKER_RENEWAL
            }
            Err(error) => {
                tracing::warn!(error = %error, "the worker number could not be renewed");
                RETRY
            }
        };
        if end
            .run_until_cancelled(tokio::time::sleep(wait))
            .await
            .is_none()
        {
            return;
        }
    }
}

async fn take_place(store: &Store, name: &str) -> Result<(), StoreError> {
    store.name_instance(name).await?;
    store.renew_worker().await
}

/// Purges until `end`, while no other process does.
pub(crate) async fn purge(store: Store, retention_seconds: i64, end: CancellationToken) {
    while end
        .run_until_cancelled(tokio::time::sleep(PURGE_EVERY))
        .await
        .is_some()
    {
        let purging = purge_once(&store, retention_seconds, &end);
        match store.unless_away(purging).await {
            Ok(rows) => metrics::counter!("kith_upkeep_purged_rows_total").increment(rows),
            Err(error) => tracing::warn!(error = %error, "the purge has to wait"),
        }
    }
}

async fn purge_once(
    store: &Store,
    retention_seconds: i64,
    end: &CancellationToken,
) -> Result<u64, StoreError> {
    let mut rows = 0;
    loop {
        let now = store.now();
        if end.is_cancelled()
            || !store
                .hold_lease(LEASE, now.plus_seconds(LEASE_SECONDS))
                .await?
        {
            return Ok(rows);
        }
        let events = store
            .purge_settled(now.plus_seconds(-retention_seconds), BATCH)
            .await?;
        let nonces = store
            .purge_nonces(now.plus_seconds(-NONCE_SECONDS), BATCH)
            .await?;
        let sessions = accounts::purge_expired(store, now, BATCH).await?;
        let forgotten = now.plus_seconds(-DEVICE_SECONDS);
        let devices = accounts::purge_devices(store, forgotten, BATCH).await?;
        let gone = events + nonces + sessions + devices;
        rows += gone;
        if gone < BATCH as u64 {
            return Ok(rows);
        }
    }
}
