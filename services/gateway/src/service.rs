use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use kith_bus::{Bus, BusOptions, ConnectError, Ingest, StartAt};
use kith_config::Config;
use kith_events::Namespace;
use kith_http::{Surroundings, TrustedProxies, surround};
use kith_runtime::{Check, Lifecycle, Service, TaskError, serve};
use kith_types::{BootId, Clock, Entropy, OsEntropy, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::fanout::FanOut;
use crate::hub::{Hub, HubHandle, Parts};
use crate::presence::{Beating, Connections};
use crate::ring::Ring;
use crate::session_id::SessionIds;
use crate::snapshots::Snapshots;
use crate::socket::{self, DoorLimits, Doors};
use crate::{Gateway, Limits};

/// Between two attempts to listen to passing facts.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// The gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error("gateway.listen {0} cannot be opened")]
    Listen(SocketAddr, #[source] io::Error),
    #[error("nats.url cannot be used")]
    Nats(#[from] ConnectError),
}

/// The gateway service.
pub struct GatewayService {
    listener: TcpListener,
    bus: Bus,
    config: Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Whether the stream is read without gaps.
    health: Check,
}

impl GatewayService {
    /// Opens its port and begins to connect to NATS, which need not be there yet.
    pub async fn new(config: &Config, lifecycle: &Lifecycle) -> Result<Self, GatewayError> {
        let health = lifecycle.health().required("event_stream");
        let address = config.gateway.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| GatewayError::Listen(address, error))?;
        let gateway = &config.gateway;
        let bus = Bus::connect(BusOptions {
            url: config.nats.url.clone(),
            login: (!gateway.nats_user.is_empty())
                .then(|| (gateway.nats_user.clone(), gateway.nats_password.clone())),
            name: format!("{} gateway", config.instance.name),
            namespace: Namespace::new(config.instance.namespace.clone()),
        })
        .await?;
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        Ok(Self {
            listener,
            bus,
            config: config.clone(),
            clock,
            entropy,
            health,
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Service for GatewayService {
    const NAME: &'static str = "gateway";

    async fn run(self, lifecycle: Lifecycle) -> Result<(), TaskError> {
        let config = &self.config.gateway;
        let limits = Limits {
            heartbeat: Duration::from_millis(config.heartbeat_interval_ms.into()),
            session_bytes: config.session_buffer_kilobytes * 1024,
            whole_guild_members: self.config.presence.whole_guild_members,
        };
        let ring_age = Duration::from_secs(u64::from(config.ring_minutes) * 60);
        let snapshots = Snapshots::new(self.bus.clone(), lifecycle.clone(), self.clock.clone());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // Half of them, as measured: writing wakes those who read, who need cores as well. With both of two cores, a
        // thousand readers got everything a fifth later, and a quarter less at saturation.
        let writers = (cores / 2).max(1);
        let presence = &self.config.presence;
        let connections = Arc::new(Connections::default());
        let (hub, commands, handle) = Hub::new(Parts {
            lifecycle: lifecycle.clone(),
            bus: self.bus.clone(),
            clock: self.clock.clone(),
            snapshots: snapshots.clone(),
            fan_out: FanOut::start(&lifecycle, writers),
            ring: Ring::new(config.ring_megabytes * 1024 * 1024, ring_age),
            chunk: limits.chunk(),
            health: self.health,
            connections: connections.clone(),
            presence_ttl: Duration::from_millis(presence.ttl_ms.into()),
            whole_guild_members: presence.whole_guild_members as usize,
        });
        let beating = Beating {
            bus: self.bus.clone(),
            boot: boot_id(&*self.entropy),
            connections: connections.clone(),
            every: Duration::from_millis(presence.beat_interval_ms.into()),
        };
        lifecycle.spawn_settling("gateway-beat", beating.run(lifecycle.clone()));
        let ingest = Ingest::start(
            self.bus.clone(),
            self.clock.clone(),
            StartAt::FillSince(ring_age),
        );
        // It ends when the last session has let go of it.
        lifecycle.spawn("gateway-hub", hub.run(commands, ingest));
        lifecycle.spawn(
            "gateway-passing",
            pass_on(lifecycle.clone(), self.bus.clone(), handle.clone()),
        );
        let gateway = Arc::new(Gateway {
            lifecycle: lifecycle.clone(),
            bus: self.bus.clone(),
            hub: handle,
            snapshots,
            session_ids: SessionIds::new(&self.config.security.session_key_bytes()),
            entropy: self.entropy.clone(),
            connections,
            doors: Doors::new(DoorLimits {
                sockets: config.sockets_per_address,
                strangers: config.handshakes_per_address,
            }),
            turns: Semaphore::new(config.identify_concurrency),
            limits,
            last_id: AtomicU64::new(0),
        });
        let proxies = TrustedProxies::new(self.config.http.trusted_proxies.clone());
        let surroundings = Surroundings::new(proxies, self.clock.clone(), self.entropy.clone());
        let routes = surround(socket::routes(gateway), surroundings);
        tracing::info!(address = %self.listener.local_addr()?, "the gateway listens");
        serve(&lifecycle, self.listener, routes).await?;
        Ok(())
    }
}

/// A number that no other run of a gateway has.
fn boot_id(entropy: &dyn Entropy) -> BootId {
    let half = || u128::from(entropy.next_u64());
    Uuid::from_u128(half() << 64 | half()).into()
}

/// Passes on who is typing and who is online. What cannot be passed on at once is not true any more when it could be.
async fn pass_on(lifecycle: Lifecycle, bus: Bus, hub: HubHandle) {
    let listen = async {
        loop {
            match bus.subscribe_ephemeral().await {
                Ok(mut facts) => {
                    while let Some(fact) = facts.next().await {
                        hub.pass_on(fact);
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %error, "nobody can be told who is typing and who is online");
                }
            }
            tokio::time::sleep(LISTEN_AGAIN).await;
        }
    };
    tokio::select! {
        () = listen => {}
        () = lifecycle.stopping() => {}
    }
}
