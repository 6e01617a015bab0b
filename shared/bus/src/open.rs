//! Opens an ordered consumer on the stream, at the right place.

use std::time::Duration;

use async_nats::Subscriber;
use async_nats::jetstream::context::GetStreamError;
use kith_events::rpc::{IngestBegin, OpenIngest};
use kith_types::Timestamp;

use crate::{Bus, RequestError};

/// Longer than each of its steps may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(12);

/// The last event that was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) stream_seq: u64,
    /// Nanoseconds; none if the event itself was never seen.
    pub(crate) stored_at: Option<i64>,
    /// When the stream was made; another moment means another stream.
    pub(crate) created: i128,
}

/// Where a consumer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// With the first event that is not older.
    Time(Timestamp),
    Seq(u64),
    /// After what was handed out already.
    After(Position),
}

/// What was found at the place to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// The stream has what was asked for.
    Whole,
    /// It has not: these are gone.
    Lost { from: u64, to: u64 },
    /// It is another stream than before, or it has lost its tail.
    Reset,
}

/// An open consumer.
pub(crate) struct Opened {
    pub(crate) subscriber: Subscriber,
    pub(crate) found: Found,
    /// The first sequence that the consumer may send; none if only time decides.
    pub(crate) first: Option<u64>,
    /// How many messages the consumer had to send when it was made.
    pub(crate) owed: u64,
    /// The last sequence of the stream, just before.
    pub(crate) target: u64,
    pub(crate) created: i128,
    /// Whether the consumer may be of a replica that does not have everything yet.
    pub(crate) waits: bool,
    /// How many times the connection had been made.
    pub(crate) connects: u64,
}

/// Why there is no consumer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the stream cannot be found")]
    Stream(#[from] GetStreamError),
    #[error("NATS does not let us listen")]
    Subscribe(#[from] async_nats::SubscribeError),
    #[error("api makes no consumer for it")]
    Consumer(#[from] RequestError),
    #[error("NATS does not answer")]
    TimedOut,
    #[error("the connection was lost")]
    Disconnected,
    #[error("the stream has less than it had; its leader may still catch up")]
    Behind,
}

/// Waits for a connection, then opens a consumer. After a reset it begins with `anew`. `waits`: a replicated stream that has
/// less than it had is not taken for one that has lost something yet, since a new leader or replica answers before it has
/// applied all that its log holds.
pub(crate) async fn open(
    bus: Bus,
    begin: Begin,
    anew: Begin,
    waits: bool,
) -> Result<Opened, OpenError> {
    bus.connected().await;
    let (count, mut connection) = (bus.connects(), bus.connection());
    tokio::select! {
        opened = tokio::time::timeout(OPEN_TIMEOUT, open_now(bus, begin, anew, waits)) => {
            opened.unwrap_or(Err(OpenError::TimedOut))
        }
        _ = connection.wait_for(|now| now.lost_since(count)) => Err(OpenError::Disconnected),
    }
}

async fn open_now(bus: Bus, begin: Begin, anew: Begin, waits: bool) -> Result<Opened, OpenError> {
    let connects = bus.connects();
    let stream = bus
        .jetstream
        .get_stream(bus.namespace.events_stream())
        .await?;
    let info = stream.cached_info();
    let created = info.created.unix_timestamp_nanos();
    let (first, last) = (info.state.first_sequence, info.state.last_sequence);
    let waits = waits && info.config.num_replicas > 1;
    if waits && is_behind(begin, created, last) {
        return Err(OpenError::Behind);
    }
    let (begin, found) = decide(begin, anew, created, first, last);
    let (start, begin) = match begin {
        Begin::Time(moment) => (None, IngestBegin::Time(moment)),
        Begin::Seq(seq) => (Some(seq), IngestBegin::Seq(seq)),
        Begin::After(position) => {
            // Once more what was last, to see that it is still the same.
            let overlap = position.stored_at.is_some() && position.stream_seq >= first;
            let seq = if overlap {
                position.stream_seq
            } else {
                position.stream_seq + 1
            };
            (Some(seq), IngestBegin::Seq(seq))
        }
    };
    // The last token of an inbox is never made twice.
    let inbox = bus.client.new_inbox();
    let name = inbox.rsplit('.').next().unwrap_or_default().to_owned();
    let subject = bus.namespace.ingest(&name);
    let subscriber = bus.client.subscribe(subject).await?;
    let opened = bus.request(&OpenIngest { name, begin }).await?;
    Ok(Opened {
        subscriber,
        found,
        first: start,
        owed: opened.owed,
        target: last,
        created,
        waits,
        connects,
    })
}

/// Whether a stream that was made at `created` ends before what it handed out.
fn is_behind(begin: Begin, created: i128, last: u64) -> bool {
    matches!(begin, Begin::After(position) if position.created == created && position.stream_seq > last)
}

/// Where to begin in a stream that was made at `created` and holds `first` to `last`.
fn decide(begin: Begin, anew: Begin, created: i128, first: u64, last: u64) -> (Begin, Found) {
    match begin {
        Begin::Seq(seq) if seq > last + 1 => (anew, Found::Reset),
        Begin::Seq(seq) if seq < first => (
            Begin::Seq(first),
            Found::Lost {
                from: seq,
                to: first - 1,
            },
        ),
        Begin::After(position) if position.created != created || position.stream_seq > last => {
            (anew, Found::Reset)
        }
        Begin::After(position) if position.stream_seq + 1 < first => (
            Begin::Seq(first),
            Found::Lost {
                from: position.stream_seq + 1,
                to: first - 1,
            },
        ),
        Begin::Time(_) | Begin::Seq(_) | Begin::After(_) => (begin, Found::Whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANEW: Begin = Begin::Seq(1);

    fn after(stream_seq: u64) -> Begin {
        Begin::After(Position {
            stream_seq,
            stored_at: Some(5),
            created: 100,
        })
    }

    #[test]
    fn what_the_stream_still_has_is_read_on() {
        assert_eq!(decide(after(7), ANEW, 100, 3, 9), (after(7), Found::Whole));
        assert_eq!(decide(after(2), ANEW, 100, 3, 9), (after(2), Found::Whole));
        assert_eq!(decide(after(9), ANEW, 100, 10, 9), (after(9), Found::Whole));
        assert_eq!(
            decide(Begin::Seq(10), ANEW, 100, 3, 9),
            (Begin::Seq(10), Found::Whole)
        );
    }

    #[test]
    fn what_the_limits_took_is_told() {
        assert_eq!(
            decide(after(1), ANEW, 100, 3, 9),
            (Begin::Seq(3), Found::Lost { from: 2, to: 2 })
        );
        assert_eq!(
            decide(Begin::Seq(1), ANEW, 100, 10, 9),
            (Begin::Seq(10), Found::Lost { from: 1, to: 9 })
        );
    }

    #[test]
    fn another_stream_is_told_from_the_same_one() {
        assert!(is_behind(after(10), 100, 9) && !is_behind(after(9), 100, 9));
        assert!(!is_behind(after(10), 101, 9), "it will never catch up");
        assert_eq!(decide(after(7), ANEW, 101, 3, 9), (ANEW, Found::Reset));
        assert_eq!(decide(after(10), ANEW, 100, 3, 9), (ANEW, Found::Reset));
        assert_eq!(
            decide(Begin::Seq(11), ANEW, 100, 3, 9),
            (ANEW, Found::Reset)
        );
    }
}
