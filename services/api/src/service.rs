use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use kith_bus::{Bus, BusOptions, StreamLimits};
use kith_cache::Cache;
use kith_config::{Config, FederationMode};
use kith_events::Namespace;
use kith_http::{Surroundings, TrustedProxies, surround};
use kith_policy::PeerMode;
use kith_runtime::{Lifecycle, Service, TaskError, current_traceparent, serve};
use kith_store::{Store, StoreError, StoreSettings};
use kith_types::{Clock, Entropy, InvalidDomain, Limiter, OsEntropy, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

use crate::access::{Gate, weigh};
use crate::core::Home;
use crate::openapi::routes;
use crate::outbox::{Publisher, Relay, settle};
use crate::passwords::Hasher;
use crate::posting::{Poster, Posts};
use crate::{Core, Failure, answers, upkeep};

/// Acknowledged events that may wait to be settled; more are settled by the relay.
const SETTLING: usize = 16_384;

/// How long Postgres may take to hear that the process ends.
const GOODBYE: Duration = Duration::from_secs(3);

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("api.listen {0} cannot be opened")]
    Listen(SocketAddr, #[source] io::Error),
    #[error("postgres.url cannot be used")]
    Postgres(#[source] StoreError),
    #[error("instance.name is no domain")]
    Name(#[from] InvalidDomain),
    #[error(transparent)]
    Bus(#[from] kith_bus::ConnectError),
    #[error(transparent)]
    Cache(#[from] kith_cache::ConnectError),
}

/// The api service. It starts without its engines and serves them when they are there.
pub struct ApiService {
    core: Core,
    posts: Posts,
    cache: Cache,
    surroundings: Surroundings,
    stream: StreamLimits,
    retention_seconds: i64,
    listener: TcpListener,
    others: Vec<fn() -> OpenApi>,
}

impl ApiService {
    /// Opens the port and begins to connect. Nothing runs before [`Service::run`].
    pub async fn new(config: &Config, lifecycle: &Lifecycle) -> Result<Self, StartError> {
        Self::with_clock(config, lifecycle, Arc::new(SystemClock)).await
    }

    /// As [`Self::new`], at a time that the clock decides.
    pub async fn with_clock(
        config: &Config,
        _lifecycle: &Lifecycle,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let namespace = Namespace::new(config.instance.namespace.clone());
        let address = config.api.listen;
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
                config.api.nats_user.clone(),
                config.api.nats_password.clone(),
            )),
            name: String::from("kith api"),
            namespace,
        })
        .await?;
        let (poster, posts) = Poster::new();
        let limiter: Arc<dyn Limiter> = Arc::new(cache.limiter(clock.clone()));
        let core = Core {
            publisher: Publisher::new(store.clone()),
            poster,
            store,
            bus,
            gate: Gate::new(limiter.clone()),
            limiter,
            hasher: Hasher::new(entropy.clone(), config.api.password_hash_concurrency),
            entropy: entropy.clone(),
            config: Arc::new(config.api.clone()),
            home: Home {
                domain: config.instance.name.parse()?,
                is_encrypted: config.instance.public_url.starts_with("https://"),
                mode: match config.federation.mode {
                    FederationMode::Open => PeerMode::Open,
                    FederationMode::AllowList => PeerMode::AllowList,
                },
            },
        };
        let proxies = TrustedProxies::new(config.http.trusted_proxies.clone());
        Ok(Self {
            core,
            posts,
            cache,
            surroundings: Surroundings::new(proxies, clock, entropy),
            stream: StreamLimits {
                replicas: config.nats.replicas,
                ..StreamLimits::default()
            },
            retention_seconds: i64::from(config.api.outbox_retention_minutes) * 60,
            listener,
            others: Vec::new(),
        })
    }

    /// Adds to the document that it serves what another service's routes are: behind the front door they are one API.
    #[must_use]
    pub fn describing(mut self, other: fn() -> OpenApi) -> Self {
        self.others.push(other);
        self
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Starts everything that is not a request. The last to end gives the worker number back. `posted` says that
    /// nothing will be posted any more.
    fn start_tasks(&self, lifecycle: &Lifecycle, posted: CancellationToken) {
        let Core {
            store,
            bus,
            publisher,
            ..
        } = &self.core;
        let health = lifecycle.health();
        let (minting, postgres) = (
            health.required("worker_number"),
            health.optional("postgres"),
        );
        let end = lifecycle.settling_token();
        // Nothing is sent: it is closed when the last of those that hold a sender has ended.
        let (busy, mut idle) = mpsc::channel::<()>(1);
        let (acknowledged, to_settle) = mpsc::channel(SETTLING);

        // The relay's last finds still go through the publisher, which ends after it.
        let relayed = CancellationToken::new();
        let task = publisher
            .clone()
            .run(bus.clone(), acknowledged, relayed.clone());
        lifecycle.spawn_settling("outbox_publisher", holding(busy.clone(), task));
        let task = settle(store.clone(), to_settle, end.clone());
        lifecycle.spawn_settling("outbox_settler", holding(busy.clone(), task));
        let relay = Relay::new(store.clone(), bus.clone(), publisher.clone(), self.stream);
        let task = async move {
            relay.run(posted).await;
            relayed.cancel();
        };
        lifecycle.spawn_settling("outbox_relay", holding(busy.clone(), task));
        let name = self.core.home.domain.to_string();
        let task = upkeep::keep_worker(store.clone(), name, minting, end.clone());
        lifecycle.spawn_settling("worker_number", holding(busy, task));
        let task = upkeep::watch_postgres(store.clone(), postgres, end.clone());
        lifecycle.spawn_settling("postgres_pulse", task);
        lifecycle.spawn_settling("outbox_nudges", publisher.clone().nudge(bus.clone(), end));

        let (store, bus, cache) = (store.clone(), bus.clone(), self.cache.clone());
        lifecycle.spawn_settling("api_end", async move {
            while idle.recv().await.is_some() {}
            bus.flush().await;
            cache.close().await;
            // If Postgres does not hear of it, the worker number runs out by itself.
            let released = tokio::time::timeout(GOODBYE, store.release_worker()).await;
            if let Ok(Err(error)) = released {
                tracing::debug!(error = %error, "the worker number is not given back");
            }
            store.close().await;
        });
        self.start_answers(lifecycle);
    }

    fn start_answers(&self, lifecycle: &Lifecycle) {
        let Core { store, bus, .. } = &self.core;
        let stop = || lifecycle.stopping_token();
        let task = answers::identify(store.clone(), bus.clone(), stop());
        lifecycle.spawn("rpc_identify", task);
        let task = answers::check_sessions(store.clone(), bus.clone(), stop());
        lifecycle.spawn("rpc_check_sessions", task);
        let task = answers::describe_guild(store.clone(), bus.clone(), stop());
        lifecycle.spawn("rpc_describe_guild", task);
        let task = answers::list_members(store.clone(), bus.clone(), stop());
        lifecycle.spawn("rpc_list_members", task);
        let (bus, stop_layout) = (bus.clone(), stop());
        let task = async move { bus.serve_layout(stop_layout).await };
        lifecycle.spawn("rpc_layout", task);
        let task = upkeep::purge(store.clone(), self.retention_seconds, stop());
        lifecycle.spawn("purge", task);
    }
}

/// Gives a request up as soon as Postgres is known not to answer: nothing can be decided without it, and a client that
/// learns so at once can come back in time.
async fn unless_away(State(store): State<Store>, request: Request, next: Next) -> Response {
    let answering = async { Ok::<_, Failure>(next.run(request).await) };
    let answer = store.unless_away(answering).await;
    answer.unwrap_or_else(IntoResponse::into_response)
}

async fn holding(busy: mpsc::Sender<()>, task: impl Future<Output = ()>) {
    task.await;
    drop(busy);
}

impl Service for ApiService {
    const NAME: &'static str = "api";

    async fn run(self, lifecycle: Lifecycle) -> Result<(), TaskError> {
        let posted = CancellationToken::new();
        self.start_tasks(&lifecycle, posted.clone());
        let Core {
            store, publisher, ..
        } = self.core.clone();
        let task = self
            .posts
            .commit(store, publisher, lifecycle.settling_token());
        lifecycle.spawn_settling("posts", async move {
            task.await;
            posted.cancel();
        });
        self.cache.had_its_chance().await;
        tracing::info!(address = %self.listener.local_addr()?, "serving the API");
        let routes = routes(self.others)
            .layer(from_fn_with_state(self.core.gate.clone(), weigh))
            .layer(from_fn_with_state(self.core.store.clone(), unless_away))
            .with_state(self.core);
        serve(
            &lifecycle,
            self.listener,
            surround(routes, self.surroundings),
        )
        .await?;
        Ok(())
    }
}
