//! What the server sends to an ordered consumer, read at as little cost as possible.

use std::str::FromStr;

use async_nats::header::{HeaderName, NATS_LAST_CONSUMER};
use async_nats::{HeaderMap, HeaderValue, Message, StatusCode, Subject};
use kith_events::{EventHead, Namespace, headers, parse_subject};
use kith_types::EventId;

use crate::publish::{RECIPIENTS, TRACE, split};

const ID: HeaderName = HeaderName::from_static(headers::ID);
const REV: HeaderName = HeaderName::from_static(headers::REV);
const SEQ: HeaderName = HeaderName::from_static(headers::SEQ);
const ACCESS: HeaderName = HeaderName::from_static(headers::ACCESS);
/// A heartbeat of a consumer that waits for our answer to its flow control, and the subject to answer to.
const STALLED: &str = "Nats-Consumer-Stalled";

/// What a message of a push consumer is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Stored(Place),
    /// The consumer lives; this is the last that it has sent.
    Heartbeat {
        last_consumer_seq: Option<u64>,
        answer: Option<Subject>,
    },
    /// The consumer asks how far we have read.
    FlowControl(Subject),
    /// The consumer is gone, or something that only a new consumer mends.
    Ended,
}

/// Where a message is in the stream and in what this consumer was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) stream_seq: u64,
    pub(crate) consumer_seq: u64,
    /// Nanoseconds since 1970, when the stream stored it: with `stream_seq` this tells a message from another one that
    /// took its place after the stream had lost its tail.
    pub(crate) stored_at: i64,
}

impl Delivery {
    pub(crate) fn read(message: &Message) -> Self {
        match message.status {
            None => message
                .reply
                .as_deref()
                .and_then(place)
                .map_or(Self::Ended, Self::Stored),
            Some(StatusCode::IDLE_HEARTBEAT) => match &message.reply {
                Some(answer) => Self::FlowControl(answer.clone()),
                None => heartbeat(message.headers.as_ref()),
            },
            Some(_) => Self::Ended,
        }
    }
}

fn heartbeat(headers: Option<&HeaderMap>) -> Delivery {
    let header = |name: HeaderName| headers?.get(name).map(HeaderValue::as_str);
    let last_consumer_seq = header(NATS_LAST_CONSUMER).and_then(|text| text.parse().ok());
    Delivery::Heartbeat {
        last_consumer_seq,
        answer: header(HeaderName::from_static(STALLED)).map(Subject::from),
    }
}

/// Reads the subject on which an acknowledgement would be sent:
/// `$JS.ACK.{stream}.{consumer}.{delivered}.{stream seq}.{consumer seq}.{stored at}.{pending}`; between `ACK` and the
/// stream newer servers put a domain and an account, and one more token at the end.
fn place(reply: &str) -> Option<Place> {
    let mut tokens = reply.strip_prefix("$JS.ACK.")?.split('.');
    let skipped = match reply.bytes().filter(|byte| *byte == b'.').count() + 1 {
        9 => 3,
        11.. => 5,
        _ => return None,
    };
    let mut number = |skipped| tokens.nth(skipped)?.parse::<u64>().ok();
    Some(Place {
        stream_seq: number(skipped)?,
        consumer_seq: number(0)?,
        stored_at: number(0)? as i64,
    })
}

/// What the subject and the headers say of an event; none if this version does not understand it.
pub(crate) fn head(namespace: &Namespace, message: &Message) -> Option<EventHead> {
    let (scope, kind) = parse_subject(namespace.strip(&message.subject)?).ok()?;
    let headers = message.headers.as_ref()?;
    Some(EventHead {
        id: id(headers)?,
        scope,
        kind,
        rev: number(headers, REV)?,
        seq: number(headers, SEQ),
        access_version: number(headers, ACCESS),
        recipients: match headers.get(RECIPIENTS) {
            Some(users) => split(users.as_str())?,
            None => Vec::new(),
        },
    })
}

/// Which event these are the headers of; none if this version does not understand them.
pub(crate) fn id(headers: &HeaderMap) -> Option<EventId> {
    number(headers, ID)
}

/// The trace that the event belongs to.
pub(crate) fn trace(message: &Message) -> Option<String> {
    let value = message.headers.as_ref()?.get(TRACE)?;
    Some(value.as_str().to_owned())
}

fn number<T: FromStr>(headers: &HeaderMap, name: HeaderName) -> Option<T> {
    headers.get(name)?.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_the_old_and_the_new_form() {
        let expected = Some(Place {
            stream_seq: 12,
            consumer_seq: 7,
            stored_at: 1_795_255_200_123_456_789,
        });
        assert_eq!(
            place("$JS.ACK.KITH_EVENTS.abc.1.12.7.1795255200123456789.3"),
            expected
        );
        assert_eq!(
            place("$JS.ACK._.hash.KITH_EVENTS.abc.1.12.7.1795255200123456789.3"),
            expected
        );
        assert_eq!(
            place("$JS.ACK.hub.hash.KITH_EVENTS.abc.1.12.7.1795255200123456789.3.random"),
            expected
        );
        assert_eq!(place("_INBOX.abc"), None);
        assert_eq!(
            place("$JS.ACK.KITH_EVENTS.abc.1.x.7.1795255200123456789.3"),
            None
        );
    }
}
