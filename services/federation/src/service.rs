use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kith_bus::{Bus, BusOptions};
use kith_cache::Cache;
use kith_config::{Config, FederationMode};
use kith_events::Namespace;
use kith_http::{Failures, Surroundings, TrustedProxies, surround};
use kith_outbound::{Outbound, OutboundSettings};
use kith_policy::PeerMode;
use kith_runtime::{Lifecycle, Service, TaskError, current_traceparent, serve};
use kith_store::{Store, StoreError, StoreSettings};
use kith_types::{Clock, Domain, Entropy, InvalidDomain, Limiter, OsEntropy, Quota, SystemClock};
use tokio::net::TcpListener;

use crate::core::{Core, Keys};
use crate::inbound::FAILED;
use crate::keys::{KeyError, KeySource};
use crate::{answers, routes, upkeep};

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("federation.listen {0} cannot be opened")]
    Listen(SocketAddr, #[source] io::Error),
    #[error("instance.name is no domain that other instances could ask")]
    Name(#[from] InvalidDomain),
    #[error("the keys of this instance cannot be used")]
    Keys(#[from] KeyError),
    #[error("postgres.url cannot be used")]
    Postgres(#[source] StoreError),
    #[error(transparent)]
    Bus(#[from] kith_bus::ConnectError),
    #[error(transparent)]
    Cache(#[from] kith_cache::ConnectError),
    #[error(transparent)]
    Outbound(#[from] kith_outbound::BuildError),
}

/// The federation service. It starts without its engines and serves them when they are there.
pub struct FederationService {
    core: Core,
    source: KeySource,
    bus: Bus,
    cache: Cache,
    surroundings: Surroundings,
    listener: TcpListener,
}

impl FederationService {
    /// Opens the port, reads the keys and begins to connect. Nothing runs before [`Service::run`].
    pub async fn new(config: &Config, _lifecycle: &Lifecycle) -> Result<Self, StartError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let domain: Domain = config.instance.name.parse()?;
        let namespace = Namespace::new(config.instance.namespace.clone());
        let address = config.federation.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| StartError::Listen(address, error))?;
        let source = KeySource::of(&config.federation);
        let keys = Keys::new(source.load(&*entropy)?);
        let store = Store::connect(StoreSettings {
            url: config.postgres.url.clone(),
            max_connections: config.postgres.max_connections,
            clock: clock.clone(),
            entropy: entropy.clone(),
            traceparent: current_traceparent,
        })
        .map_err(StartError::Postgres)?;
        let cache = Cache::connect(
            &config.cache.url,
            namespace.as_str(),
            Duration::from_millis(config.cache.timeout_ms.into()),
        )?;
        let bus = Bus::connect(BusOptions {
            url: config.nats.url.clone(),
            login: Some((
                config.federation.nats_user.clone(),
                config.federation.nats_password.clone(),
            )),
            name: String::from("kith federation"),
            namespace,
        })
        .await?;
        let outbound = Outbound::new(OutboundSettings {
            allowed_networks: config.outbound.allowed_networks.clone(),
            hosts: config
                .outbound
                .hosts
                .iter()
                .map(|host| (host.name.clone(), host.address))
                .collect(),
            trusted_roots: config.outbound.trusted_roots.as_ref().map(PathBuf::from),
            per_host: Quota::new(config.outbound.requests_per_minute, Duration::from_mins(1)),
            limiter: Arc::new(cache.limiter(clock.clone())),
        })?;
        let limiter: Arc<dyn Limiter> = Arc::new(cache.limiter(clock.clone()));
        let core = Core {
            domain,
            mode: match config.federation.mode {
                FederationMode::Open => PeerMode::Open,
                FederationMode::AllowList => PeerMode::AllowList,
            },
            store,
            failures: Failures::new(limiter.clone(), "federation.failed", FAILED),
            limiter,
            entropy: entropy.clone(),
            outbound,
            keys,
        };
        let proxies = TrustedProxies::new(config.http.trusted_proxies.clone());
        Ok(Self {
            core,
            source,
            bus,
            cache,
            surroundings: Surroundings::new(proxies, clock, entropy),
            listener,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Service for FederationService {
    const NAME: &'static str = "federation";

    async fn run(self, lifecycle: Lifecycle) -> Result<(), TaskError> {
        let stop = || lifecycle.stopping_token();
        let (core, bus, cache) = (self.core.clone(), self.bus.clone(), self.cache.clone());
        let task = answers::look_up_users(core.clone(), bus.clone(), stop());
        lifecycle.spawn("rpc_look_up_user", task);
        let postgres = lifecycle.health().optional("federation_postgres");
        let task = upkeep::watch_postgres(core.store.clone(), postgres, stop());
        lifecycle.spawn("federation_postgres_pulse", task);
        let task = upkeep::follow_keys(core.clone(), self.source, stop());
        lifecycle.spawn("federation_keys", task);
        lifecycle.spawn("federation_health", upkeep::try_again(core.clone(), stop()));
        lifecycle.spawn("federation_purge", upkeep::purge(core.clone(), stop()));
        let end = lifecycle.settling_token();
        let store = core.store.clone();
        lifecycle.spawn_settling("federation_end", async move {
            end.cancelled().await;
            store.close().await;
            cache.close().await;
            bus.flush().await;
        });
        self.cache.had_its_chance().await;
        tracing::info!(address = %self.listener.local_addr()?, "serving other instances");
        let routes = routes::router(&self.core.store).with_state(self.core);
        let routes = surround(routes, self.surroundings);
        serve(&lifecycle, self.listener, routes).await?;
        Ok(())
    }
}
