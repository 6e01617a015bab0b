use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull::{self, MessagesError};
use async_nats::jetstream::consumer::{Consumer as Durably, StreamError};
use async_nats::jetstream::context::GetStreamError;
use bytes::Bytes;
use futures_util::StreamExt;
use kith_events::{EventHead, EventKind};

use crate::Bus;
use crate::delivery::head;

/// A consumer that lost its connection is noticed within twice this time.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// A place in the stream that the server keeps, shared by all processes that ask for it by its name: each event goes to
/// one of them, again and again until it is done.
#[derive(Debug, Clone, Copy)]
pub struct Durable {
    /// What the server calls it. The rights of the role's NATS user name it too.
    pub name: &'static str,
    /// What it wants to know of. Events of before it was first made are not among it.
    pub kinds: &'static [EventKind],
    /// How long an event may be at work before another process gets it.
    pub ack_wait: Duration,
    /// How many may be at work at once, in all processes.
    pub max_at_work: i64,
}

/// There is no consumer, or not any more: open it again.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    #[error("there is no connection to NATS")]
    Disconnected,
    #[error("the stream cannot be found")]
    Stream(#[from] GetStreamError),
    #[error("the durable consumer is not there; api makes it")]
    Consumer(#[source] async_nats::Error),
    #[error("the durable consumer cannot be read")]
    Read(#[from] StreamError),
    #[error("the durable consumer was interrupted")]
    Interrupted(#[from] MessagesError),
    #[error("an event could not be answered for")]
    Answer(#[source] async_nats::Error),
}

/// An open durable consumer.
pub struct Consumer {
    messages: pull::Stream,
    bus: Bus,
}

/// An event at work. Answer for it by [`Self::done`] or [`Self::again`]; else it comes again after the consumer's `ack_wait`.
#[derive(Debug)]
pub struct Consumed {
    pub head: EventHead,
    /// The exact bytes that clients receive in `d`.
    pub payload: Bytes,
    message: async_nats::jetstream::Message,
}

impl Bus {
    /// Opens a durable consumer, which api has made ([`Bus::ensure_durable`]).
    pub async fn consume(&self, durable: &Durable) -> Result<Consumer, ConsumeError> {
        if !self.is_connected() {
            return Err(ConsumeError::Disconnected);
        }
        let stream = self
            .jetstream
            .get_stream_no_info(self.namespace.events_stream())
            .await?;
        let consumer: Durably<pull::Config> = stream
            .get_consumer(durable.name)
            .await
            .map_err(ConsumeError::Consumer)?;
        let messages = consumer.stream().heartbeat(HEARTBEAT).messages().await?;
        Ok(Consumer {
            messages,
            bus: self.clone(),
        })
    }
}

impl Consumer {
    /// The next event.
    pub async fn next(&mut self) -> Result<Consumed, ConsumeError> {
        loop {
            let message = self.messages.next().await;
            let message = message.ok_or(ConsumeError::Disconnected)??;
            if let Some(head) = head(&self.bus.namespace, &message.message) {
                return Ok(Consumed {
                    head,
                    payload: message.payload.clone(),
                    message,
                });
            }
            // A newer version speaks of something that this one does not know.
            tracing::debug!(subject = %message.subject, "an event of an unknown kind");
            message.ack().await.map_err(ConsumeError::Answer)?;
        }
    }
}

impl Consumed {
    /// It need not come again.
    pub async fn done(self) -> Result<(), ConsumeError> {
        self.message.ack().await.map_err(ConsumeError::Answer)
    }

    /// It has to come again after this time.
    pub async fn again(self, after: Duration) -> Result<(), ConsumeError> {
        let answer = AckKind::Nak(Some(after));
        let answered = self.message.ack_with(answer).await;
        answered.map_err(ConsumeError::Answer)
    }
}
