use std::time::Duration;

use async_nats::jetstream::context::{AccountErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::RawMessageErrorKind;
use kith_types::{EventId, Timestamp};

use crate::Bus;
use crate::connect::ANSWER_TIMEOUT;
use crate::delivery;

/// What `kith doctor` wants to know of NATS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    pub version: String,
    pub server_name: String,
    /// Bytes.
    pub max_payload: usize,
    /// Bytes in files, used and allowed; none if there is no limit.
    pub storage_used: u64,
    pub storage_limit: Option<i64>,
    /// The stream of durable events, if it is made.
    pub stream: Option<ProbedStream>,
    /// From question to answer.
    pub round_trip: Duration,
}

/// How the stream of durable events stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedStream {
    pub messages: u64,
    pub bytes: u64,
    pub first_seq: u64,
    pub last_seq: u64,
    /// When it was made; a change means that it was made anew.
    pub created: Timestamp,
    pub replicas: usize,
    pub max_bytes: i64,
    pub max_age: Duration,
}

/// What is wrong with NATS.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("NATS does not answer")]
    Unreachable,
    #[error("the server runs without JetStream")]
    NoJetStream,
    #[error("NATS refuses to answer")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Bus {
    /// Asks the server and JetStream how they are. Waits at most five seconds for a connection.
    pub async fn probe(&self) -> Result<Probed, ProbeError> {
        let unreachable = |_| ProbeError::Unreachable;
        tokio::time::timeout(ANSWER_TIMEOUT, self.connected())
            .await
            .map_err(unreachable)?;
        let before = tokio::time::Instant::now();
        let flushed = tokio::time::timeout(ANSWER_TIMEOUT, self.client.flush())
            .await
            .map_err(unreachable)?;
        flushed.map_err(|_| ProbeError::Unreachable)?;
        let round_trip = before.elapsed();
        let account = self
            .jetstream
            .query_account()
            .await
            .map_err(|error| match error.kind() {
                AccountErrorKind::JetStreamUnavailable => ProbeError::NoJetStream,
                _ => ProbeError::Refused(error.into()),
            })?;
        let server = self.client.server_info();
        Ok(Probed {
            version: server.version,
            server_name: server.server_name,
            max_payload: server.max_payload,
            storage_used: account.storage,
            storage_limit: account.limits.max_storage,
            stream: self.stream_state().await?,
            round_trip,
        })
    }

    /// How the stream of durable events stands; none if there is none.
    pub async fn stream_state(&self) -> Result<Option<ProbedStream>, ProbeError> {
        if !self.is_connected() {
            return Err(ProbeError::Unreachable);
        }
        let stream = match self
            .jetstream
            .get_stream(self.namespace.events_stream())
            .await
        {
            Ok(stream) => stream,
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(problem) if problem.code() == 404 => return Ok(None),
                _ => return Err(ProbeError::Refused(error.into())),
            },
        };
        let info = stream.cached_info();
        Ok(Some(ProbedStream {
            messages: info.state.messages,
            bytes: info.state.bytes,
            first_seq: info.state.first_sequence,
            last_seq: info.state.last_sequence,
            created: info.created.into(),
            replicas: info.config.num_replicas,
            max_bytes: info.config.max_bytes,
            max_age: info.config.max_age,
        }))
    }

    /// Which event stands at this place in the stream; none if there is none.
    pub async fn event_at(&self, stream_seq: u64) -> Result<Option<EventId>, ProbeError> {
        if !self.is_connected() {
            return Err(ProbeError::Unreachable);
        }
        let refused = |error: Box<dyn std::error::Error + Send + Sync>| ProbeError::Refused(error);
        let stream = self
            .jetstream
            .get_stream_no_info(self.namespace.events_stream())
            .await
            .map_err(|error| refused(error.into()))?;
        match stream.get_raw_message(stream_seq).await {
            Ok(message) => Ok(delivery::id(&message.headers)),
            Err(error) => match error.kind() {
                RawMessageErrorKind::NoMessageFound => Ok(None),
                _ => Err(refused(error.into())),
            },
        }
    }
}
