use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use kith_access::Gate;
use kith_blobs::Blobs;
use kith_bus::Bus;
use kith_config::MediaConfig;
use kith_store::Store;
use kith_store::files::StorageBounds;
use kith_types::Limiter;
use tokio::sync::Semaphore;

use crate::images::Decoding;
use crate::usecases::room::Room;
use crate::voice::Voice;

/// What the routes and the workers share.
#[derive(Clone)]
pub(crate) struct Core {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) bus: Bus,
    pub(crate) limiter: Arc<dyn Limiter>,
    pub(crate) gate: Gate,
    /// Files that are on their way, on disk.
    pub(crate) room: Arc<Room>,
    /// Parts of files that may be in memory at once, on their way to the object store.
    pub(crate) buffers: Arc<Semaphore>,
    /// Memory for images that are decoded.
    pub(crate) decoding: Arc<Decoding>,
    pub(crate) bounds: Bounds,
    pub(crate) voice: Voice,
}

/// What files may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Bytes of one file.
    pub(crate) file: u64,
    /// Bytes of the picture of a person or a guild, as it is sent.
    pub(crate) picture: u64,
    /// Of one image.
    pub(crate) pixels: u64,
    /// Bytes of all files, of one account and of all.
    pub(crate) storage: StorageBounds,
    /// How long who sends may be silent.
    pub(crate) idle: Duration,
}

impl Bounds {
    pub(crate) fn of(config: &MediaConfig) -> Self {
        Self {
            file: config.upload_megabytes as u64 * 1_000_000,
            picture: config.picture_megabytes as u64 * 1_000_000,
            pixels: config.image_megapixels as u64 * 1_000_000,
            storage: StorageBounds {
                account: config.account_megabytes as i64 * 1_000_000,
                instance: config.instance_megabytes as i64 * 1_000_000,
            },
            idle: Duration::from_secs(config.upload_idle_seconds.into()),
        }
    }
}

impl FromRef<Core> for Store {
    fn from_ref(core: &Core) -> Self {
        core.store.clone()
    }
}

impl FromRef<Core> for Gate {
    fn from_ref(core: &Core) -> Self {
        core.gate.clone()
    }
}

impl FromRef<Core> for Arc<dyn Limiter> {
    fn from_ref(core: &Core) -> Self {
        core.limiter.clone()
    }
}

impl FromRef<Core> for Voice {
    fn from_ref(core: &Core) -> Self {
        core.voice.clone()
    }
}
