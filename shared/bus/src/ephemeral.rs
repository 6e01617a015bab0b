use async_nats::client::{PublishErrorKind, SubscribeError};
use async_nats::{HeaderMap, Message, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use kith_events::{Ephemeral, NUDGE};

use crate::Bus;
use crate::publish::{ACCESS, RECIPIENTS, join, split};

/// All passing facts, without the namespace.
const FILTER: &str = "eph.v1.>";

/// A passing fact or a nudge could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("there is no connection to NATS")]
    Disconnected,
    #[error("NATS does not take it")]
    Refused(#[source] async_nats::PublishError),
    #[error("NATS does not let us listen")]
    Subscribe(#[from] SubscribeError),
}

impl From<async_nats::PublishError> for SendError {
    fn from(error: async_nats::PublishError) -> Self {
        match error.kind() {
            PublishErrorKind::Send => Self::Disconnected,
            _ => Self::Refused(error),
        }
    }
}

/// A passing fact that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EphemeralFact {
    pub about: Ephemeral,
    /// The exact bytes that clients receive in `d`.
    pub payload: Bytes,
}

/// Passing facts as they come in. Those that come while there is no connection are lost.
pub struct Ephemerals {
    subscriber: Subscriber,
    bus: Bus,
}

impl Ephemerals {
    /// The next one; none when the bus is closed.
    pub async fn next(&mut self) -> Option<EphemeralFact> {
        loop {
            let message = self.subscriber.next().await?;
            match read(&self.bus, &message) {
                Some(about) => {
                    return Some(EphemeralFact {
                        about,
                        payload: message.payload,
                    });
                }
                // A newer version speaks of something that this one does not know.
                None => {
                    tracing::debug!(subject = %message.subject, "a passing fact of an unknown kind");
                }
            }
        }
    }
}

/// Nudges of the outbox relay as they come in.
pub struct Nudges(Subscriber);

impl Nudges {
    /// The next one; none when the bus is closed.
    pub async fn next(&mut self) -> Option<()> {
        self.0.next().await.map(|_| ())
    }
}

impl Bus {
    /// Tells those who listen now.
    pub async fn publish_ephemeral(
        &self,
        about: &Ephemeral,
        payload: Bytes,
    ) -> Result<(), SendError> {
        let mut headers = HeaderMap::new();
        if let Ephemeral::Typing {
            access_version,
            recipients,
            ..
        } = about
        {
            if !recipients.is_empty() {
                headers.insert(RECIPIENTS, join(recipients));
            }
            if let Some(version) = access_version {
                headers.insert(ACCESS, version.to_string());
            }
        }
        let subject = self.namespace.subject(&about.subject());
        self.send(subject, headers, payload).await
    }

    /// All passing facts from now on.
    pub async fn subscribe_ephemeral(&self) -> Result<Ephemerals, SendError> {
        let subscriber = self
            .client
            .subscribe(self.namespace.subject(FILTER))
            .await?;
        Ok(Ephemerals {
            subscriber,
            bus: self.clone(),
        })
    }

    /// Wakes the outbox relay, wherever it runs.
    pub async fn nudge(&self) -> Result<(), SendError> {
        let subject = self.namespace.subject(NUDGE);
        self.send(subject, HeaderMap::new(), Bytes::new()).await
    }

    /// All nudges from now on.
    pub async fn nudges(&self) -> Result<Nudges, SendError> {
        let subscriber = self.client.subscribe(self.namespace.subject(NUDGE)).await?;
        Ok(Nudges(subscriber))
    }

    async fn send(
        &self,
        subject: String,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), SendError> {
        if !self.is_connected() {
            // It would wait in the client and come out when it is true no more.
            return Err(SendError::Disconnected);
        }
        Ok(self
            .client
            .publish_with_headers(subject, headers, payload)
            .await?)
    }
}

fn read(bus: &Bus, message: &Message) -> Option<Ephemeral> {
    let mut about = Ephemeral::parse_subject(bus.namespace.strip(&message.subject)?).ok()?;
    let header = |name| message.headers.as_ref().and_then(|all| all.get(name));
    if let Ephemeral::Typing {
        access_version,
        recipients,
        ..
    } = &mut about
    {
        *access_version = match header(ACCESS) {
            Some(version) => Some(version.as_str().parse().ok()?),
            None => None,
        };
        *recipients = header(RECIPIENTS).map_or(Some(Vec::new()), |users| split(users.as_str()))?;
    }
    Some(about)
}
