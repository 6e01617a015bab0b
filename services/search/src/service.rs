use std::sync::Arc;
use std::time::Instant;

use kith_bus::{Bus, BusOptions, ServeError};
use kith_config::Config;
use kith_events::Namespace;
use kith_events::rpc::FindMessages;
use kith_runtime::{Check, Lifecycle, Service, TaskError, current_traceparent};
use kith_store::{Store, StoreError, StoreSettings};
use kith_types::{OsEntropy, SystemClock};
use kith_wire::ErrorCode;
use tokio_util::sync::CancellationToken;

use crate::index::{follow, rebuild_when_ordered};
use crate::query::find;

/// How many questions are answered at once: some of the pool stays for the index.
const AT_ONCE: usize = 8;
/// The longest page. One can be asked for in one answer.
const MOST: i64 = 25;

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("postgres.url cannot be used")]
    Postgres(#[source] StoreError),
    #[error(transparent)]
    Bus(#[from] kith_bus::ConnectError),
}

/// The search service. It starts without its engines and works when they are there.
pub struct SearchService {
    store: Store,
    bus: Bus,
    /// Whether the stream is followed.
    health: Check,
}

impl SearchService {
    /// Begins to connect. Nothing runs before [`Service::run`].
    pub async fn new(config: &Config, lifecycle: &Lifecycle) -> Result<Self, StartError> {
        let health = lifecycle.health().required("search_index");
        let store = Store::connect(StoreSettings {
            url: config.postgres.url.clone(),
            max_connections: config.postgres.max_connections,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            traceparent: current_traceparent,
        })
        .map_err(StartError::Postgres)?;
        let search = &config.search;
        let bus = Bus::connect(BusOptions {
            url: config.nats.url.clone(),
            login: Some((search.nats_user.clone(), search.nats_password.clone())),
            name: String::from("kith search"),
            namespace: Namespace::new(config.instance.namespace.clone()),
        })
        .await?;
        Ok(Self { store, bus, health })
    }
}

impl Service for SearchService {
    const NAME: &'static str = "search";

    async fn run(self, lifecycle: Lifecycle) -> Result<(), TaskError> {
        let Self { store, bus, health } = self;
        let stop = || lifecycle.stopping_token();
        let postgres = lifecycle.health().optional("postgres");
        let task = watch_postgres(store.clone(), postgres, stop());
        lifecycle.spawn("search_postgres", task);
        let task = follow(store.clone(), bus.clone(), health, stop());
        lifecycle.spawn("search_index", task);
        let task = rebuild_when_ordered(store.clone(), stop());
        lifecycle.spawn("search_rebuild", task);
        let (ended, settled) = (lifecycle.settling_token(), (store.clone(), bus.clone()));
        lifecycle.spawn_settling("search_end", async move {
            ended.cancelled().await;
            settled.0.close().await;
            settled.1.flush().await;
        });
        answer(store, bus, stop()).await?;
        Ok(())
    }
}

/// Says how Postgres stands, until `stop`.
async fn watch_postgres(store: Store, postgres: Check, stop: CancellationToken) {
    let watching = store.keep_pulse(|answer| match answer {
        Ok(()) => postgres.up(),
        Err(error) => postgres.down(error.to_string()),
    });
    stop.run_until_cancelled(watching).await;
}

/// Answers api's questions until `stop`.
async fn answer(store: Store, bus: Bus, stop: CancellationToken) -> Result<(), ServeError> {
    bus.serve(AT_ONCE, stop, |asked: FindMessages| {
        let store = store.clone();
        async move {
            if !(1..=MOST).contains(&asked.limit) {
                return Err(ErrorCode::InvalidRequest);
            }
            let begun = Instant::now();
            let found = store.unless_away(find(&store, &asked)).await;
            metrics::histogram!("kith_search_find_seconds").record(begun.elapsed().as_secs_f64());
            found.map_err(|error| match error {
                StoreError::Unavailable(_) => ErrorCode::Unavailable,
                error => {
                    tracing::error!(error = ?error, "a search failed");
                    ErrorCode::Internal
                }
            })
        }
    })
    .await
}
