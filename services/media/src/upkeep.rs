//! What has to be done again and again: the worker number, a look at the object store, and removing what nobody needs.

use std::time::Duration;

use kith_access::Failure;
use kith_blobs::{BlobError, Blobs};
use kith_runtime::Check;
use kith_store::{Store, StoreError};
use kith_types::FileId;
use tokio_util::sync::CancellationToken;

use crate::{Core, images};

/// After a failure it is tried again this soon.
const RETRY: Duration = Duration::from_secs(1);
/// How often the object store is looked at while it is there.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// One process at a time purges.
const LEASE: &str = "media_purge";
const LEASE_SECONDS: i64 = 60;
const PURGE_EVERY: Duration = Duration::from_secs(5);
/// Files that one round removes at most.
const BATCH: i64 = 100;
/// An image that waits for so long was perhaps never queued, or its job was lost with the broker.
const QUEUED_SECONDS: i64 = 150;

/// Asks Postgres for a sign of life until `end`, and says how it stands.
pub(crate) async fn watch_postgres(store: Store, postgres: Check, end: CancellationToken) {
    let watching = store.keep_pulse(|answer| match answer {
        Ok(()) => postgres.up(),
        Err(error) => postgres.down(error.to_string()),
    });
    end.run_until_cancelled(watching).await;
}

/// Holds a worker number until `end`. `minting` is up once there was one.
pub(crate) async fn keep_worker(store: Store, minting: Check, end: CancellationToken) {
    loop {
        let wait = match store.unless_away(store.renew_worker()).await {
            Ok(()) => {
                minting.up();
                Store::WORKER_RENEWAL
            }
            Err(error) => {
                tracing::warn!(error = %error, "the worker number could not be renewed");
                RETRY
            }
        };
        let waited = end.run_until_cancelled(tokio::time::sleep(wait)).await;
        if waited.is_none() {
            return;
        }
    }
}

/// Sees to the bucket until `stop`, and says how the object store stands.
pub(crate) async fn watch_objects(blobs: Blobs, objects: Check, stop: CancellationToken) {
    let watch = async {
        let mut was_there = true;
        loop {
            match blobs.ensure_bucket().await {
                Ok(()) => {
                    objects.up();
                    was_there = true;
                }
                Err(error) => {
                    objects.down(error.to_string());
                    if was_there {
                        tracing::warn!(error = %error, "the object store is away: no files can be sent or fetched");
                    }
                    was_there = false;
                }
            }
            tokio::time::sleep(if was_there { LOOK_EVERY } else { RETRY }).await;
        }
    };
    stop.run_until_cancelled(watch).await;
}

/// Removes what nobody needs any more until `stop`, while no other process does.
pub(crate) async fn purge(core: Core, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(PURGE_EVERY))
        .await
        .is_some()
    {
        match stop
            .run_until_cancelled(core.store.unless_away(Box::pin(purge_once(&core))))
            .await
        {
            None => return,
            Some(Ok(())) => {}
            Some(Err(error)) => {
                let error = kith_http::ApiError::from(error);
                tracing::warn!(error = %error, "the purge of files has to wait");
            }
        }
    }
}

async fn purge_once(core: &Core) -> Result<(), Failure> {
    let now = core.store.now();
    if !core
        .store
        .hold_lease(LEASE, now.plus_seconds(LEASE_SECONDS))
        .await?
    {
        return Ok(());
    }
    core.store.mark_orphaned_files(BATCH).await?;
    let over = core.store.expire_files(now, BATCH).await?;
    let removed = remove(core, &over).await;
    core.store.forget_files(&removed).await?;
    metrics::counter!("kith_files_removed_total").increment(removed.len() as u64);
    requeue(core).await?;
    Ok(())
}

/// Removes the objects of files; those of which nothing is left.
async fn remove(core: &Core, files: &[FileId]) -> Vec<FileId> {
    let mut removed = Vec::with_capacity(files.len());
    for &file in files {
        let gone: Result<(), BlobError> = async {
            core.blobs.remove(&images::original(file)).await?;
            core.blobs.remove(&images::thumbnail(file)).await
        }
        .await;
        match gone {
            Ok(()) => removed.push(file),
            Err(error) => {
                tracing::warn!(error = %error, "files that nobody needs cannot be removed now");
                break;
            }
        }
    }
    removed
}

/// Queues again what has waited too long: the queue may have been away when an image came.
async fn requeue(core: &Core) -> Result<(), StoreError> {
    let before = core.store.now().plus_seconds(-QUEUED_SECONDS);
    for file in core
        .store
        .waiting_files(before, images::IN_TURN, BATCH)
        .await?
    {
        images::enqueue(core, file).await;
    }
    Ok(())
}
