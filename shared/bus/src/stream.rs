use std::time::Duration;

use async_nats::jetstream::context::{CreateStreamError, CreateStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use kith_events::events_filter;

use crate::Bus;

/// The stream drops a second event with the same id within this time. Longer than any retry of the direct path; what
/// is published again later, readers drop by its `rev`.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(2);

/// How long a stream of several replicas may have less than it has acknowledged: a new leader answers as soon as it is
/// elected, and applies what its log holds only then. Taken for a loss, that would send everybody away.
pub const CATCH_UP: Duration = Duration::from_secs(30);

/// How much the stream of durable events keeps. It only has to cover the longest absence of a consumer: what is older
/// is in Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    pub max_age: Duration,
    pub max_bytes: i64,
    /// On how many servers of a cluster each event is kept: 1, 3 or 5.
    pub replicas: usize,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            max_age: Duration::from_hours(24),
            max_bytes: 1024 * 1024 * 1024,
            replicas: 1,
        }
    }
}

/// The stream of durable events cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error("there is no connection to NATS")]
    Disconnected,
    #[error("the stream cannot be made as configured")]
    Refused(#[source] CreateStreamError),
}

impl Bus {
    /// Makes the stream of durable events, or gives it these limits if it exists. It may be called at any time.
    pub async fn ensure_stream(&self, limits: StreamLimits) -> Result<(), StreamError> {
        if !self.is_connected() {
            return Err(StreamError::Disconnected);
        }
        let config = Config {
            name: self.namespace.events_stream(),
            description: Some(String::from(
                "Kith's durable events, in the order of each aggregate",
            )),
            subjects: vec![self.namespace.subject(events_filter())],
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            max_age: limits.max_age,
            max_bytes: limits.max_bytes,
            storage: StorageType::File,
            num_replicas: limits.replicas,
            duplicate_window: DUPLICATE_WINDOW.min(limits.max_age),
            allow_direct: true,
            ..Config::default()
        };
        match self.jetstream.create_or_update_stream(config).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == CreateStreamErrorKind::TimedOut => {
                Err(StreamError::Disconnected)
            }
            Err(error) => Err(StreamError::Refused(error)),
        }
    }
}
