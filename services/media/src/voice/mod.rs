//! Voice: who may be in which room of the LiveKit server, who is, and what others are told of it.
//!
//! Postgres says who may: [`enforce`] computes everybody's rights by the policy's one function, ends the connections of
//! those who have lost them, and brings LiveKit into line. LiveKit says who is: its [`webhooks`] tell at once, and
//! [`reconcile`] compares both every few seconds, so that whatever is lost in between leaves nobody behind on either side.

mod enforce;
mod identity;
mod probe;
mod reconcile;
mod routes;
mod sfu;
mod tell;
mod usecases;
mod watch;
mod webhooks;

use std::sync::Arc;

use kith_bus::Bus;
use kith_config::LivekitConfig;
use kith_runtime::Lifecycle;
use kith_store::voice::Voice as Row;
use kith_store::{Store, StoreError, Work};
use livekit_api::access_token::TokenVerifier;
use livekit_api::webhooks::WebhookReceiver;
use secrecy::ExposeSecret;

use identity::Identity;
pub use probe::{LivekitProbeError, LivekitProbed, probe_livekit};
pub(crate) use routes::{router, webhook_router};
use sfu::{Sfu, SfuError};

/// What voice needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Voice(Arc<Inner>);

struct Inner {
    store: Store,
    bus: Bus,
    sfu: Option<Sfu>,
    webhooks: Option<WebhookReceiver>,
    /// Where clients find the LiveKit server.
    client_url: String,
}

impl Voice {
    /// `public_url` is the instance's address, below which the front door reaches LiveKit unless the configuration says
    /// otherwise.
    pub(crate) fn new(store: Store, bus: Bus, config: &LivekitConfig, public_url: &str) -> Self {
        let webhooks = config.api_key.as_ref().zip(config.api_secret.as_ref());
        let webhooks = webhooks.map(|(key, secret)| {
            let verifier = TokenVerifier::with_api_key(key, secret.expose_secret());
            WebhookReceiver::new(verifier)
        });
        let client_url = config.client_url.clone();
        Self(Arc::new(Inner {
            store,
            bus,
            sfu: Sfu::new(config),
            webhooks,
            client_url: client_url.unwrap_or_else(|| behind_front_door(public_url)),
        }))
    }

    /// Starts what is not a request: following changes of rights, and comparing with LiveKit.
    pub(crate) fn start_tasks(&self, lifecycle: &Lifecycle) {
        if self.0.sfu.is_none() {
            tracing::info!("no LiveKit server is configured: nobody can join a voice channel");
            return;
        }
        let stop = lifecycle.stopping_token();
        lifecycle.spawn("voice_watch", watch::watch(self.clone(), stop.clone()));
        lifecycle.spawn("voice_reconciler", reconcile::reconcile(self.clone(), stop));
    }

    fn store(&self) -> &Store {
        &self.0.store
    }

    /// Whether there is a LiveKit server to ask.
    pub(crate) fn is_configured(&self) -> bool {
        self.0.sfu.is_some()
    }

    fn sfu(&self) -> Result<&Sfu, SfuError> {
        self.0.sfu.as_ref().ok_or(SfuError::NotConfigured)
    }

    /// Makes it true, and lets the relay publish it.
    async fn commit(&self, work: Work) -> Result<(), StoreError> {
        work.commit_for_relay().await?;
        // Without a connection the relay looks by itself when it is back.
        if let Err(error) = self.0.bus.nudge().await {
            tracing::debug!(error = %error, "the relay could not be nudged");
        }
        Ok(())
    }

    /// Takes a connection that has ended out of its room. What fails here, the reconciler does again.
    async fn expel(&self, row: &Row) {
        let identity = identity_of(row).to_string();
        let done = async { self.sfu()?.remove(row.channel, &identity).await };
        if let Err(error) = done.await {
            tracing::warn!(user.id = %row.user, error = %error, "somebody is still in their old room");
        }
    }
}

fn identity_of(row: &Row) -> Identity {
    Identity {
        user: row.user,
        connection: row.connection,
    }
}

fn behind_front_door(public_url: &str) -> String {
    let rest = public_url.trim_end_matches('/').replacen("http", "ws", 1);
    format!("{rest}/livekit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_find_livekit_behind_the_front_door() {
        assert_eq!(
            behind_front_door("https://kith.test/"),
            "wss://kith.test/livekit"
        );
        assert_eq!(
            behind_front_door("http://127.0.0.1:8420"),
            "ws://127.0.0.1:8420/livekit"
        );
    }
}
