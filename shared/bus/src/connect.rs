use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectOptions, Event, jetstream};
use kith_events::Namespace;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

/// A server that greets nobody within this time is tried again, or another one of the cluster is.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two attempts to connect, at most: a broker that returns after minutes is noticed at once.
const RECONNECT_DELAY: Duration = Duration::from_secs(1);
/// Two unanswered pings end a connection, so a frozen server is given up after 15 seconds.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// How long the server may take to answer anything.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Acknowledgements that may be outstanding. The relay and the direct path stay far below it; it only bounds memory.
const OUTSTANDING_ACKS: usize = 16_384;

/// Where NATS is, and who connects.
#[derive(Debug, Clone)]
pub struct BusOptions {
    /// `nats://host:4222`, or several servers of a cluster with commas between them: they are tried in this order. A server
    /// tells of the others only when a connection is made, so one that begins alone would never be left.
    pub url: String,
    /// Name and password of the role. Inboxes are `_INBOX_{name}.…`, so that the server's rights can tell roles apart.
    pub login: Option<(String, SecretString)>,
    /// Stands in the server's lists of connections.
    pub name: String,
    /// Stands before every subject.
    pub namespace: Namespace,
}

/// The address of the server cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the address of NATS cannot be used")]
pub struct ConnectError(#[from] async_nats::ConnectError);

/// How the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connection {
    pub up: bool,
    /// How many times it was made; a greater number means that something may have been lost in between.
    pub count: u64,
}

impl Connection {
    /// Whether the connection that was made as the `count`th one is known to be lost. What is told here may lag behind what
    /// the client knows, so that «down» of an earlier one means nothing.
    pub(crate) fn lost_since(self, count: u64) -> bool {
        self.count > count || (self.count == count && !self.up)
    }
}

/// A connection to NATS. A clone is the same connection.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) namespace: Arc<Namespace>,
    connection: watch::Receiver<Connection>,
}

impl Bus {
    /// Begins to connect, and goes on until it succeeds, now and after every loss. It does not wait.
    pub async fn connect(options: BusOptions) -> Result<Self, ConnectError> {
        let (told, connection) = watch::channel(Connection::default());
        let mut connect = ConnectOptions::new()
            .name(&options.name)
            .retry_on_initial_connect()
            .retain_servers_order()
            .max_reconnects(None)
            .connection_timeout(CONNECT_TIMEOUT)
            .request_timeout(Some(ANSWER_TIMEOUT))
            .ping_interval(PING_INTERVAL)
            .reconnect_delay_callback(|attempts| {
                // The first attempt is immediate; then 20, 40, 80 … milliseconds.
                let doubled = 10_u64 << attempts.min(7);
                Duration::from_millis(if attempts == 0 { 0 } else { doubled }).min(RECONNECT_DELAY)
            })
            .event_callback(move |event| {
                note(&event, &told);
                ready(())
            });
        if let Some((user, password)) = &options.login {
            connect = connect
                .user_and_password(user.clone(), password.expose_secret().to_owned())
                .custom_inbox_prefix(format!("_INBOX_{user}"));
        }
        let servers: Vec<&str> = options.url.split(',').map(str::trim).collect();
        let client = connect.connect(&servers[..]).await?;
        let jetstream = ContextBuilder::new()
            .timeout(ANSWER_TIMEOUT)
            .ack_timeout(ANSWER_TIMEOUT)
            .max_ack_inflight(OUTSTANDING_ACKS)
            .backpressure_on_inflight(false)
            .build(client.clone());
        Ok(Self {
            client,
            jetstream,
            namespace: Arc::new(options.namespace),
            connection,
        })
    }

    /// How the connection stands, and every change of it.
    pub fn connection(&self) -> watch::Receiver<Connection> {
        self.connection.clone()
    }

    /// Whether there is a connection now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Waits until there is a connection.
    pub async fn connected(&self) {
        let mut connection = self.connection.clone();
        while !self.is_connected() {
            // The sender lives in the client, which `self` keeps alive.
            if connection.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// What stands before every subject.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Hands over everything that is still on its way out; for the end of the process.
    pub async fn flush(&self) {
        if self.is_connected() {
            let _ = tokio::time::timeout(ANSWER_TIMEOUT, self.client.flush()).await;
        }
    }

    /// How many times the connection was made, counted where nothing can be missed.
    pub(crate) fn connects(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }
}

fn note(event: &Event, told: &watch::Sender<Connection>) {
    match event {
        Event::Connected => {
            metrics::gauge!("kith_bus_connected").set(1.0);
            let mut again = false;
            told.send_modify(|connection| {
                again = connection.count > 0;
                *connection = Connection {
                    up: true,
                    count: connection.count + 1,
                };
            });
            if again {
                metrics::counter!("kith_bus_reconnects_total").increment(1);
            }
            tracing::info!("connected to NATS");
        }
        Event::Disconnected | Event::Closed => {
            metrics::gauge!("kith_bus_connected").set(0.0);
            told.send_modify(|connection| connection.up = false);
            tracing::warn!("NATS is away; it is tried again until it is back");
        }
        Event::SlowConsumer(_) => {
            tracing::warn!("messages came faster than they were read, and some were dropped");
        }
        Event::ServerError(error) if is_late_answer(&error.to_string()) => {
            tracing::warn!(error = %error, "an answer came when NATS knew of its question no more");
        }
        Event::ServerError(error) => {
            tracing::error!(error = %error, "NATS refuses something: see the rights of its users");
        }
        // Every failed attempt to connect is one.
        Event::ClientError(error) => {
            tracing::debug!(error = %error, "the NATS client reports an error");
        }
        Event::LameDuckMode | Event::Draining => tracing::info!("the NATS server is about to stop"),
    }
}

/// Whether NATS refused an answer. It may be given for a while only, and by the server that passed the question on: whoever stood
/// still for longer, or has another server by then, answers nobody.
fn is_late_answer(refusal: &str) -> bool {
    // As accounts name what an answer goes to.
    refusal.contains("Permissions Violation for Publish to \"_R_.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_come_late() {
        let refusal =
            |subject: &str| format!("nats: Permissions Violation for Publish to \"{subject}\"");
        assert!(is_late_answer(&refusal("_R_.bCXVWs.WFHyUz")));
        for subject in ["kith.ev.x", "_INBOX.api.y", "$JS.API.STREAM.DELETE.x"] {
            assert!(!is_late_answer(&refusal(subject)));
        }
    }
}
