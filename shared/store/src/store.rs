use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use kith_types::{Clock, Entropy, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgPool, Postgres};
use tracing::log::LevelFilter;
use uuid::Uuid;

use crate::StoreError;
use crate::carried::Carried;
use crate::locks::KeyedLocks;
use crate::pulse::Pulse;
use crate::worker::Worker;

/// How long a request waits for a connection: when Postgres is away, this is how long it takes to say so.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was idle for longer is tried before it is used: Postgres may have restarted.
const PROBE_AFTER_IDLE: Duration = Duration::from_secs(1);

/// How long the last connections may take to end.
const CLOSING: Duration = Duration::from_secs(3);

/// What a [`Store`] is made from.
pub struct StoreSettings {
    /// `postgres://user:password@host:port/database`
    pub url: SecretString,
    /// The most connections that this process opens, at least two.
    pub max_connections: u32,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// The W3C trace context of the present span, kept with each event.
    pub traceparent: fn() -> Option<String>,
}

/// The database. Cheap to clone; connects when first used and again whenever needed.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    pool: PgPool,
    clock: Arc<dyn Clock>,
    traceparent: fn() -> Option<String>,
    locks: KeyedLocks,
    carried: Carried,
    worker: Worker,
    pulse: Pulse,
}

impl Store {
    /// Prepares the pool; it does not connect yet. Fails only if the address cannot be read.
    pub fn connect(settings: StoreSettings) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(settings.url.expose_secret())?
            .application_name("kith")
            // Bounds for what hangs: a lock nobody gives back, a statement gone astray, a client cut off.
            .options([
                ("lock_timeout", "5s"),
                ("statement_timeout", "15s"),
                ("idle_in_transaction_session_timeout", "15s"),
                // Statements look things up by keys, so one plan is good for all values, while making one takes longer than
                // most take to run. Search is the exception.
                ("plan_cache_mode", "force_generic_plan"),
            ])
            .log_statements(LevelFilter::Debug);
        let pulse = Pulse::new(options.clone());
        let away = pulse.away();
        let pool = PgPoolOptions::new()
            // One is left for asking whether Postgres is there.
            .max_connections(settings.max_connections.saturating_sub(1).max(1))
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, idle| {
                Box::pin(async move {
                    if idle.idle_for > PROBE_AFTER_IDLE {
                        sqlx::Connection::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            .after_release(move |_, _| {
                // While nobody answers, giving it back would wait for an answer, and keep its place for as long.
                let away = *away.borrow();
                Box::pin(async move {
                    if away {
                        return Err(io::Error::from(io::ErrorKind::TimedOut).into());
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        let worker = Worker::new(settings.clock.clone(), settings.entropy);
        Ok(Self(Arc::new(Inner {
            pool,
            clock: settings.clock,
            traceparent: settings.traceparent,
            locks: KeyedLocks::default(),
            carried: Carried::default(),
            worker,
            pulse,
        })))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// A new id. [`StoreError::Unavailable`] while this process holds no worker number (see [`Store::renew_worker`]).
    pub fn mint<T: From<Uuid>>(&self) -> Result<T, StoreError> {
        self.0.worker.mint()
    }

    /// A connection for a module's reads that belong to no unit of work. Do not ask for a second one while holding it.
    pub async fn connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        Ok(self.0.pool.acquire().await?)
    }

    /// Closes all connections, waiting for those in use; for a moment only, because one whose other end is cut off never
    /// hears that it is to end.
    pub async fn close(&self) {
        if tokio::time::timeout(CLOSING, self.0.pool.close())
            .await
            .is_err()
        {
            tracing::warn!("connections to Postgres that do not answer are left behind");
        }
    }

    /// What this process' publisher has taken on.
    pub fn carried(&self) -> &Carried {
        &self.0.carried
    }

    /// For the statements of this crate's modules that stand alone.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    pub(crate) fn locks(&self) -> &KeyedLocks {
        &self.0.locks
    }

    pub(crate) fn pulse(&self) -> &Pulse {
        &self.0.pulse
    }

    pub(crate) fn worker(&self) -> &Worker {
        &self.0.worker
    }

    pub(crate) fn traceparent(&self) -> Option<String> {
        (self.0.traceparent)()
    }
}
