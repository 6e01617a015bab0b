use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware::from_fn_with_state;
use kith_access::Gate;
use kith_blobs::{Blobs, BlobsSettings};
use kith_bus::{Bus, BusOptions};
use kith_cache::Cache;
use kith_config::{Config, ObjectsConfig};
use kith_events::Namespace;
use kith_http::{Surroundings, TrustedProxies, surround};
use kith_runtime::{Lifecycle, Service, TaskError, current_traceparent, serve};
use kith_store::{Store, StoreError, StoreSettings};
use kith_types::{Clock, Entropy, Limiter, OsEntropy, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::core::Bounds;
use crate::images::Decoding;
use crate::usecases::room::Room;
use crate::voice::Voice;
use crate::{Core, images, openapi, timing, upkeep};

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("media.listen {0} cannot be opened")]
    Listen(SocketAddr, #[source] io::Error),
    #[error("postgres.url cannot be used")]
    Postgres(#[source] StoreError),
    #[error(transparent)]
    Bus(#[from] kith_bus::ConnectError),
    #[error(transparent)]
    Cache(#[from] kith_cache::ConnectError),
}

/// The media service. It starts without its engines and serves them when they are there.
pub struct MediaService {
    core: Core,
    cache: Cache,
    surroundings: Surroundings,
    listener: TcpListener,
}

impl MediaService {
    /// Opens the port and begins to connect. Nothing runs before [`Service::run`].
    pub async fn new(config: &Config, _lifecycle: &Lifecycle) -> Result<Self, StartError> {
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let namespace = Namespace::new(config.instance.namespace.clone());
        let address = config.media.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| StartError::Listen(address, error))?;
        let store = Store::connect(StoreSettings {
            url: config.postgres.url.clone(),
            max_connections: config.postgres.max_connections,
            clock: clock.clone(),
            entropy: entropy.clone(),
            traceparent: current_traceparent,
        })
        .map_err(StartError::Postgres)?;
        let timeout = Duration::from_millis(u64::from(config.cache.timeout_ms));
        let cache = Cache::connect(&config.cache.url, namespace.as_str(), timeout)?;
        let bus = Bus::connect(BusOptions {
            url: config.nats.url.clone(),
            login: Some((
                config.media.nats_user.clone(),
                config.media.nats_password.clone(),
            )),
            name: String::from("kith media"),
            namespace,
        })
        .await?;
        let public_url = &config.instance.public_url;
        let limiter: Arc<dyn Limiter> = Arc::new(cache.limiter(clock.clone()));
        let core = Core {
            voice: Voice::new(store.clone(), bus.clone(), &config.livekit, public_url),
            store,
            blobs: blobs(&config.objects),
            bus,
            gate: Gate::new(limiter.clone()),
            limiter,
            room: Room::new(config.media.uploads),
            buffers: Arc::new(Semaphore::new(config.media.upload_buffers)),
            decoding: Arc::new(Decoding::new(config.media.decode_megabytes)),
            bounds: Bounds::of(&config.media),
        };
        let proxies = TrustedProxies::new(config.http.trusted_proxies.clone());
        let surroundings = Surroundings {
            timeout: timing::LONGEST,
            ..Surroundings::new(proxies, clock, entropy)
        };
        Ok(Self {
            core,
            cache,
            surroundings,
            listener,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    fn start_tasks(&self, lifecycle: &Lifecycle) {
        let core = &self.core;
        let health = lifecycle.health();
        let (minting, postgres) = (
            health.required("worker_number"),
            health.optional("postgres"),
        );
        let stop = || lifecycle.stopping_token();
        let task = upkeep::watch_postgres(core.store.clone(), postgres, stop());
        lifecycle.spawn("media_postgres", task);
        let task = upkeep::keep_worker(core.store.clone(), minting, stop());
        lifecycle.spawn("media_worker_number", task);
        let objects = health.optional("objects");
        let task = upkeep::watch_objects(core.blobs.clone(), objects, stop());
        lifecycle.spawn("media_objects", task);
        let task = upkeep::purge(core.clone(), stop());
        lifecycle.spawn("media_purge", task);
        for _ in 0..Decoding::at_once() {
            let task = images::work(core.clone(), stop());
            lifecycle.spawn("media_images", task);
        }
        core.voice.start_tasks(lifecycle);

        let end = lifecycle.settling_token();
        let (core, cache) = (core.clone(), self.cache.clone());
        lifecycle.spawn_settling("media_end", async move {
            end.cancelled().await;
            if let Err(error) = core.store.release_worker().await {
                tracing::debug!(error = %error, "the worker number runs out by itself");
            }
            core.store.close().await;
            cache.close().await;
            core.bus.flush().await;
        });
    }
}

/// The object store of a configuration.
pub fn blobs(config: &ObjectsConfig) -> Blobs {
    Blobs::new(&BlobsSettings {
        endpoint: config.endpoint.clone(),
        region: config.region.clone(),
        bucket: config.bucket.clone(),
        access_key: config.access_key.clone(),
        secret_key: config.secret_key.clone(),
    })
}

impl Service for MediaService {
    const NAME: &'static str = "media";

    async fn run(self, lifecycle: Lifecycle) -> Result<(), TaskError> {
        self.start_tasks(&lifecycle);
        self.cache.had_its_chance().await;
        tracing::info!(address = %self.listener.local_addr()?, "serving files and voice");
        let bound = from_fn_with_state(self.core.store.clone(), timing::bound);
        let routes = openapi::documented().0.layer(bound).with_state(self.core);
        serve(
            &lifecycle,
            self.listener,
            surround(routes, self.surroundings),
        )
        .await?;
        Ok(())
    }
}
