use std::sync::Arc;
use std::time::Duration;

use fred::clients::Client;
use fred::interfaces::{ClientLike, EventInterface};
use fred::types::Builder;
use fred::types::config::{Config, ReconnectPolicy};
use kith_types::{Clock, Limiter};
use secrecy::{ExposeSecret, SecretString};

use crate::{CacheLimiter, CachePresence, PresenceTimes};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Milliseconds between two attempts to connect, growing from the first to the second.
const RECONNECT: (u32, u32) = (50, 1000);

/// The address of the cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the address of the cache cannot be used")]
pub struct ConnectError(#[source] fred::error::Error);

/// A connection to the cache. A clone is the same connection.
#[derive(Clone)]
pub struct Cache {
    pub(crate) client: Client,
    pub(crate) namespace: Arc<str>,
}

impl Cache {
    /// Begins to connect, and goes on until it succeeds, now and after every loss. It does not wait. A command that takes
    /// longer than `timeout` is given up: what the cache is asked must not cost more than doing without it.
    pub fn connect(
        url: &SecretString,
        namespace: &str,
        timeout: Duration,
    ) -> Result<Self, ConnectError> {
        let mut config = Config::from_url(url.expose_secret()).map_err(ConnectError)?;
        config.fail_fast = false;
        let (first, last) = RECONNECT;
        let client = Builder::from_config(config)
            .with_performance_config(|performance| {
                performance.default_command_timeout = timeout;
            })
            .with_connection_config(|connection| {
                connection.connection_timeout = CONNECT_TIMEOUT;
                connection.internal_command_timeout = CONNECT_TIMEOUT;
                // What was asked while the cache was away has been answered without it.
                connection.max_command_attempts = 1;
                connection.unresponsive.max_timeout = Some(Duration::from_secs(2));
                connection.unresponsive.interval = Duration::from_secs(1);
            })
            .set_policy(ReconnectPolicy::new_exponential(0, first, last, 2))
            .build()
            .map_err(ConnectError)?;
        client.on_error(|(error, _)| {
            tracing::debug!(error.cause = %error, "the cache is away");
            std::future::ready(Ok(()))
        });
        client.on_reconnect(|_| {
            tracing::info!("connected to the cache");
            std::future::ready(Ok(()))
        });
        // The task ends when the last clone of the client is gone.
        drop(client.connect());
        Ok(Self {
            client,
            namespace: namespace.into(),
        })
    }

    /// Waits until it is connected for the first time, or has had its chance: so that a process that starts counts together
    /// with the others from its first request on.
    pub async fn had_its_chance(&self) {
        let connected = self.client.wait_for_connect();
        if !matches!(
            tokio::time::timeout(CONNECT_TIMEOUT, connected).await,
            Ok(Ok(()))
        ) {
            tracing::warn!("the cache is away; this process counts limits for itself");
        }
    }

    /// Whether the connection stands, as far as is known.
    pub fn is_connected(&self) -> bool {
        self.client.is_connected()
    }

    /// Limits that all processes share while the cache is there.
    pub fn limiter(&self, clock: Arc<dyn Clock>) -> impl Limiter {
        CacheLimiter::new(self.clone(), clock)
    }

    /// Who is online.
    pub fn presence(&self, times: PresenceTimes) -> CachePresence {
        CachePresence::new(self.clone(), times)
    }

    /// Ends the connection.
    pub async fn close(&self) {
        // Nothing that matters is under way, and the process ends anyway.
        drop(self.client.quit().await);
    }
}
