use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull::{self, MessagesError};
use async_nats::jetstream::consumer::{Consumer as Durably, StreamError};
use async_nats::jetstream::context::{ConsumerInfoError, GetStreamError};
use async_nats::jetstream::stream::InfoError;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use kith_events::EventHead;
use kith_events::rpc::FollowAnew;
use kith_types::Timestamp;

use crate::delivery::head;
use crate::{Bus, RequestError};

/// A follower that lost its connection notices it within twice this time.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long the server keeps one question for more open.
const EXPIRES: Duration = Duration::from_secs(30);

/// A place in the whole stream that the server keeps, shared by all processes that follow under the same name: each event
/// goes to one of them, again and again until it is answered for.
///
/// It takes no filter: so what it has not seen is exactly what lies between its place and the stream's begin, and a loss
/// cannot hide ([`Place::has_lost`]).
#[derive(Debug, Clone, Copy)]
pub struct Follow {
    /// What the server calls it. The rights of the role's NATS user name it too.
    pub name: &'static str,
    /// How long an event may be at work before another process gets it.
    pub ack_wait: Duration,
    /// How often an event comes at most.
    pub max_deliver: i64,
    /// How many may be at work at once, in all processes.
    pub max_at_work: i64,
}

/// There is no follower, or not any more: open it again.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    #[error("there is no connection to NATS")]
    Disconnected,
    #[error("the stream cannot be found")]
    Stream(#[from] GetStreamError),
    #[error("the durable consumer is not there; api makes it")]
    Consumer(#[source] async_nats::Error),
    #[error("api does not make the durable consumer anew")]
    Anew(#[from] RequestError),
    #[error("the durable consumer cannot be read")]
    Read(#[from] StreamError),
    #[error("the durable consumer was interrupted")]
    Interrupted(#[from] MessagesError),
    #[error("NATS does not say how the stream stands")]
    Info(#[from] InfoError),
    #[error("NATS does not say how the durable consumer stands")]
    Standing(#[from] ConsumerInfoError),
    #[error("an event could not be answered for")]
    Answer(#[source] async_nats::Error),
}

/// Where a follower is in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the follower was made; another time means that it was made anew, or its stream was.
    pub created: Timestamp,
    /// The oldest event that the stream has, or will have.
    pub first_seq: u64,
    pub last_seq: u64,
    /// Everything up to this one is answered for.
    pub done_seq: u64,
    /// How many servers keep the stream. A new leader of several answers before it has applied all that its log holds.
    pub replicas: usize,
}

impl Place {
    /// Whether the stream's limits took something that was not answered for.
    pub fn has_lost(&self) -> bool {
        self.done_seq + 1 < self.first_seq
    }

    /// Whether the stream came back with less than it had: what comes next would be taken for seen.
    pub fn is_ahead(&self) -> bool {
        self.done_seq > self.last_seq
    }
}

/// An open follower.
pub struct Follower {
    consumer: Durably<pull::Config>,
    stream: async_nats::jetstream::stream::Stream,
    messages: pull::Stream,
    bus: Bus,
}

/// An event at work. It comes again after the follower's `ack_wait` unless it is answered for.
#[derive(Debug)]
pub struct Followed {
    /// None if this version does not understand it.
    pub head: Option<EventHead>,
    /// The exact bytes that clients receive in `d`.
    pub payload: Bytes,
    /// How often it has come, this time included.
    pub deliveries: i64,
    message: async_nats::jetstream::Message,
}

impl Bus {
    /// Opens a follower, whose place api has made ([`Bus::ensure_follow`]).
    pub async fn follow(&self, follow: &Follow) -> Result<Follower, FollowError> {
        if !self.is_connected() {
            return Err(FollowError::Disconnected);
        }
        let stream = self
            .jetstream
            .get_stream(self.namespace.events_stream())
            .await?;
        let consumer: Durably<pull::Config> = stream
            .get_consumer(follow.name)
            .await
            .map_err(FollowError::Consumer)?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(follow.max_at_work as usize)
            .expires(EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await?;
        Ok(Follower {
            consumer,
            stream,
            messages,
            bus: self.clone(),
        })
    }
}

impl Follower {
    /// Where it is in the stream.
    pub async fn place(&mut self) -> Result<Place, FollowError> {
        // In this order: the stream can only have more than when the follower was asked.
        let own = self.consumer.info().await?;
        let (created, done_seq) = (own.created.into(), own.ack_floor.stream_sequence);
        let info = self.stream.info().await?;
        Ok(Place {
            created,
            first_seq: info.state.first_sequence,
            last_seq: info.state.last_sequence,
            done_seq,
            replicas: info.config.num_replicas,
        })
    }

    /// Has api forget the place; who opens it again begins with the oldest event.
    pub async fn forget(self) -> Result<(), FollowError> {
        Ok(self.bus.request(&FollowAnew {}).await?)
    }

    /// The next events, at most `most`: waits for one, and takes those that are there already along.
    pub async fn batch(&mut self, most: usize) -> Result<Vec<Followed>, FollowError> {
        let first = self.messages.next().await;
        let mut next = Some(first);
        let mut batch = Vec::new();
        while let Some(message) = next {
            let message = message.ok_or(FollowError::Disconnected)??;
            let deliveries = message.info().map_or(1, |info| info.delivered);
            batch.push(Followed {
                head: head(&self.bus.namespace, &message.message),
                payload: message.payload.clone(),
                deliveries,
                message,
            });
            if batch.len() >= most {
                break;
            }
            next = self.messages.next().now_or_never();
        }
        Ok(batch)
    }
}

impl Followed {
    /// It need not come again.
    pub async fn done(&self) -> Result<(), FollowError> {
        self.answer(AckKind::Ack).await
    }

    /// It has to come again after this time.
    pub async fn again(&self, after: Duration) -> Result<(), FollowError> {
        self.answer(AckKind::Nak(Some(after))).await
    }

    /// It is still at work: its time begins anew.
    pub async fn still(&self) -> Result<(), FollowError> {
        self.answer(AckKind::Progress).await
    }

    async fn answer(&self, kind: AckKind) -> Result<(), FollowError> {
        let answered = self.message.ack_with(kind).await;
        answered.map_err(FollowError::Answer)
    }
}
