//! The one ordered, gapless reading of the whole stream (design §3, rule 3).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kith_events::EventHead;
use kith_types::{Clock, Timestamp};
use tokio::time::Sleep;

use crate::Bus;
use crate::flow::{Flow, Step};
use crate::ledger::{End, Ledger};
use crate::open::{Begin, OpenError, Opened, open};

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// With what is at most this old, to fill a ring. After a [`IngestItem::Reset`] as well.
    FillSince(Duration),
    /// With this sequence of the stream. After a [`IngestItem::Reset`] with the first there is.
    Sequence(u64),
}

/// An event of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestEvent {
    pub stream_seq: u64,
    /// When the stream stored it.
    pub published_at: Timestamp,
    pub head: EventHead,
    /// The exact bytes that clients receive in `d`. They share the connection's read buffer: whoever keeps an event for
    /// long copies them (as encoding a frame does).
    pub payload: Bytes,
    pub traceparent: Option<String>,
}

/// What comes out of an [`Ingest`], in this order: any number of events, first what was asked for (perhaps with `Lost`
/// in between), then `Resumed`, then events as they happen. After `Interrupted`: what was missed, then `Resumed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IngestItem {
    /// The next event. `stream_seq` is one more than that of the item before, unless `Lost` or `Reset` came.
    Event(IngestEvent),
    /// The next event is one that this version does not understand. Whoever counts sequences counts it.
    Unknown { stream_seq: u64 },
    /// Something may be missing from now on: dispatch nothing until `Resumed`. Events that come until then fill the gap.
    Interrupted(Interruption),
    /// Everything up to `at` has come, and what comes now is new.
    Resumed { at: u64 },
    /// The stream has no longer got `from..=to`. What is built on them must be read from Postgres.
    Lost { from: u64, to: u64 },
    /// It is another stream than before, or it has lost its tail and put other events there: sequences begin anew, and what
    /// was remembered by sequence is void. `had` was the last one handed out, `last` is the stream's last now. Until
    /// `Resumed` nothing may be dispatched.
    Reset { had: u64, last: u64 },
}

/// Why something may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// The connection was lost.
    Disconnected,
    /// Something that the consumer had sent did not come: it was lost on the way, or came faster than it was read.
    Gap,
    /// Not even a heartbeat came.
    Silent,
    /// The stream has more than what came.
    Behind,
    /// The consumer is gone.
    ConsumerGone,
    /// The stream was made anew, or has lost its tail.
    StreamChanged,
}

impl Interruption {
    /// As metrics and logs call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Gap => "gap",
            Self::Silent => "silent",
            Self::Behind => "behind",
            Self::ConsumerGone => "consumer_gone",
            Self::StreamChanged => "stream_changed",
        }
    }
}

/// Reads the whole stream in order and without gaps, over lost connections, restarts and new streams.
///
/// It works only while [`Ingest::next`] is awaited. A slow reader loses nothing: the server waits for it.
pub struct Ingest {
    bus: Bus,
    clock: Arc<dyn Clock>,
    from: StartAt,
    state: State,
    ledger: Ledger,
}

enum State {
    Opening(BoxFuture<'static, Result<Opened, OpenError>>),
    Waiting(std::pin::Pin<Box<Sleep>>),
    Flowing(Box<Flow>),
}

impl Ingest {
    /// Begins to read. It needs neither the stream nor a connection yet.
    pub fn start(bus: Bus, clock: Arc<dyn Clock>, from: StartAt) -> Self {
        Self {
            bus: bus.clone(),
            clock,
            from,
            state: State::Waiting(Box::pin(tokio::time::sleep(Duration::ZERO))),
            ledger: Ledger::new(bus),
        }
    }

    /// The next item. It may be dropped while it waits: nothing is lost by that.
    pub async fn next(&mut self) -> IngestItem {
        loop {
            if let Some(item) = self.ledger.take() {
                return item;
            }
            let end = match &mut self.state {
                State::Waiting(until) => {
                    until.as_mut().await;
                    self.state = State::Opening(self.open());
                    continue;
                }
                State::Opening(opening) => match opening.as_mut().await {
                    Ok(opened) => {
                        self.state = State::Flowing(self.ledger.opened(opened));
                        continue;
                    }
                    Err(error) => End::NotOpened(error),
                },
                State::Flowing(flow) => match flow.step(&self.bus).await {
                    Step::Nothing => continue,
                    Step::Broken(why) => End::Interrupted(why),
                    Step::Stored(place, message) => {
                        match self.ledger.stored(flow, place, message) {
                            Ok(()) => continue,
                            Err(end) => end,
                        }
                    }
                },
            };
            self.state = State::Waiting(Box::pin(tokio::time::sleep(self.ledger.ended(&end))));
        }
    }

    /// The next item if there is one already.
    pub fn next_ready(&mut self) -> Option<IngestItem> {
        self.next().now_or_never()
    }

    fn open(&self) -> BoxFuture<'static, Result<Opened, OpenError>> {
        let anew = self.anew();
        let begin = match (self.ledger.position(), self.from) {
            (Some(position), _) => Begin::After(position),
            (None, StartAt::Sequence(seq)) => Begin::Seq(seq.max(1)),
            (None, StartAt::FillSince(_)) => anew,
        };
        open(self.bus.clone(), begin, anew, self.ledger.waits()).boxed()
    }

    /// Where to begin when nothing that was read before counts any more.
    fn anew(&self) -> Begin {
        match self.from {
            StartAt::FillSince(window) => {
                Begin::Time(self.clock.now().plus_seconds(-(window.as_secs() as i64)))
            }
            StartAt::Sequence(_) => Begin::Seq(1),
        }
    }
}
