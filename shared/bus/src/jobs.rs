//! Work that has to be done once, by any one process, however often those that do it are killed: a stream of its own from
//! which a job goes when it is done.

use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull::{self, MessagesError};
use async_nats::jetstream::consumer::{Consumer as Durably, StreamError as ReadError};
use async_nats::jetstream::context::GetStreamError;
use bytes::Bytes;
use futures_util::StreamExt;

use crate::{Bus, PublishError};

/// A consumer that lost its connection is noticed within twice this time.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// A kind of job.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    /// The last token of its subject, and the name of its consumer.
    pub name: &'static str,
    /// Without a sign of life for so long, a job goes to another process.
    pub ack_wait: Duration,
    /// How often it is tried. The one who tries it for the last time has to park it.
    pub attempts: i64,
    /// How many may be at work at once, in all processes.
    pub max_at_work: i64,
}

/// There are no jobs to be had now: open the queue again.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    #[error("there is no connection to NATS")]
    Disconnected,
    #[error("the stream of jobs cannot be found")]
    Find(#[from] GetStreamError),
    #[error("the consumer of jobs is not there; api makes it")]
    Consumer(#[source] async_nats::Error),
    #[error("the consumer of jobs cannot be read")]
    Read(#[from] ReadError),
    #[error("the consumer of jobs was interrupted")]
    Interrupted(#[from] MessagesError),
    #[error("a job could not be answered for")]
    Answer(#[source] async_nats::Error),
}

/// An open queue.
pub struct Jobs {
    messages: pull::Stream,
    attempts: i64,
}

/// A job at work. Answer for it, or it goes to somebody else.
#[derive(Debug)]
pub struct Job {
    pub payload: Bytes,
    /// Whether nobody will get it after this time.
    pub is_last_attempt: bool,
    message: async_nats::jetstream::Message,
}

impl Bus {
    /// Puts a job into a queue; one of the same `id` that was put there within two minutes is the same job.
    pub async fn enqueue(
        &self,
        queue: &Queue,
        id: &str,
        payload: impl Into<Bytes>,
    ) -> Result<(), PublishError> {
        if !self.is_connected() {
            return Err(PublishError::Disconnected);
        }
        let message = async_nats::jetstream::message::PublishMessage::build()
            .payload(payload.into())
            .message_id(id);
        let acknowledged = self
            .jetstream
            .send_publish(self.namespace.job(queue.name), message)
            .await?;
        acknowledged.await?;
        Ok(())
    }

    /// Opens a queue, which api has made ([`Bus::ensure_queue`]).
    pub async fn jobs(&self, queue: &Queue) -> Result<Jobs, JobsError> {
        if !self.is_connected() {
            return Err(JobsError::Disconnected);
        }
        let stream = self
            .jetstream
            .get_stream_no_info(self.namespace.jobs_stream())
            .await?;
        let consumer: Durably<pull::Config> = stream
            .get_consumer(queue.name)
            .await
            .map_err(JobsError::Consumer)?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(1)
            .heartbeat(HEARTBEAT)
            .messages()
            .await?;
        Ok(Jobs {
            messages,
            attempts: queue.attempts,
        })
    }
}

impl Jobs {
    /// The next job.
    pub async fn next(&mut self) -> Result<Job, JobsError> {
        let message = self.messages.next().await;
        let message = message.ok_or(JobsError::Disconnected)??;
        let tried = message.info().map_err(JobsError::Answer)?.delivered;
        Ok(Job {
            payload: message.payload.clone(),
            is_last_attempt: tried >= self.attempts,
            message,
        })
    }
}

impl Job {
    /// It is done.
    pub async fn done(self) -> Result<(), JobsError> {
        self.message.ack().await.map_err(JobsError::Answer)
    }

    /// It is still at work.
    pub async fn lives(&self) -> Result<(), JobsError> {
        let answered = self.message.ack_with(AckKind::Progress).await;
        answered.map_err(JobsError::Answer)
    }

    /// It has to be tried again after this time.
    pub async fn again(self, after: Duration) -> Result<(), JobsError> {
        let answered = self.message.ack_with(AckKind::Nak(Some(after))).await;
        answered.map_err(JobsError::Answer)
    }
}
