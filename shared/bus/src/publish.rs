use async_nats::HeaderMap;
use async_nats::header::{HeaderName, IntoHeaderValue};
use async_nats::jetstream::context::{self, PublishAckFuture, PublishErrorKind};
use kith_events::{StoredEvent, headers};
use kith_types::UserId;
use tokio::sync::watch;

use crate::{Bus, Connection};

const ID: HeaderName = HeaderName::from_static(headers::ID);
const REV: HeaderName = HeaderName::from_static(headers::REV);
const SEQ: HeaderName = HeaderName::from_static(headers::SEQ);
pub(crate) const ACCESS: HeaderName = HeaderName::from_static(headers::ACCESS);
pub(crate) const RECIPIENTS: HeaderName = HeaderName::from_static(headers::RECIPIENTS);
pub(crate) const TRACE: HeaderName = HeaderName::from_static(headers::TRACE);

/// Why an event did not get into the stream, as far as is known. It may have got in all the same: publish it again, the
/// stream drops it by its id.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("there is no connection to NATS")]
    Disconnected,
    #[error("the stream did not acknowledge in time")]
    TimedOut,
    #[error("too many acknowledgements are outstanding")]
    Backlog,
    /// It will never be accepted.
    #[error("the event is larger than the server accepts")]
    TooLarge,
    #[error("the stream refuses the event")]
    Refused(#[source] context::PublishError),
}

impl From<context::PublishError> for PublishError {
    fn from(error: context::PublishError) -> Self {
        match error.kind() {
            PublishErrorKind::TimedOut => Self::TimedOut,
            PublishErrorKind::BrokenPipe => Self::Disconnected,
            PublishErrorKind::MaxAckPending => Self::Backlog,
            PublishErrorKind::MaxPayloadExceeded => Self::TooLarge,
            _ => Self::Refused(error),
        }
    }
}

/// Where an event is in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    pub stream_seq: u64,
    /// It was there already; `stream_seq` is where it was first.
    pub duplicate: bool,
}

/// An event on its way into the stream.
#[must_use = "an event that is not acknowledged may be lost"]
pub struct Ack {
    future: PublishAckFuture,
    connection: watch::Receiver<Connection>,
    count: u64,
}

impl Ack {
    /// Waits for the stream's acknowledgement; at most five seconds, and not beyond the loss of the connection.
    pub async fn wait(mut self) -> Result<Published, PublishError> {
        let count = self.count;
        let acknowledged = tokio::select! {
            biased;
            acknowledged = self.future.into_future() => acknowledged?,
            _ = self.connection.wait_for(|now| now.lost_since(count)) => return Err(PublishError::Disconnected),
        };
        Ok(Published {
            stream_seq: acknowledged.sequence,
            duplicate: acknowledged.duplicate,
        })
    }
}

impl Bus {
    /// Hands an event to the connection. Events of one caller reach the stream in the order of these calls, but only
    /// until one fails: when the connection breaks, an event that was handed over can still come through on the next one,
    /// before an earlier one that was lost is published again. So of each aggregate only one may be on its way.
    pub async fn publish_event(&self, event: &StoredEvent) -> Result<Ack, PublishError> {
        let count = self.connects();
        if !self.is_connected() {
            return Err(PublishError::Disconnected);
        }
        let subject = self.namespace.subject(&event.head.subject());
        let publish =
            self.jetstream
                .publish_with_headers(subject, encode(event), event.payload.clone());
        let ack = publish.await?;
        metrics::counter!("kith_bus_published_total").increment(1);
        Ok(Ack {
            future: ack,
            connection: self.connection(),
            count,
        })
    }
}

fn encode(event: &StoredEvent) -> HeaderMap {
    let head = &event.head;
    let mut map = HeaderMap::new();
    map.insert(ID, head.id.to_string());
    map.insert(REV, head.rev.to_string());
    if let Some(seq) = head.seq {
        map.insert(SEQ, seq.to_string());
    }
    if let Some(version) = head.access_version {
        map.insert(ACCESS, version.to_string());
    }
    if !head.recipients.is_empty() {
        map.insert(RECIPIENTS, join(&head.recipients));
    }
    if let Some(trace) = &event.traceparent {
        map.insert(TRACE, trace.clone().into_header_value());
    }
    map
}

/// User ids with commas between them.
pub(crate) fn join(users: &[UserId]) -> String {
    let texts: Vec<_> = users.iter().map(ToString::to_string).collect();
    texts.join(",")
}

/// What [`join`] wrote; none if one of them is no id.
pub(crate) fn split(text: &str) -> Option<Vec<UserId>> {
    text.split(',').map(|user| user.parse().ok()).collect()
}
