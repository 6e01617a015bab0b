//! What was handed out, and what is to be handed out next.

use std::collections::VecDeque;
use std::error::Error;
use std::time::Duration;

use async_nats::Message;
use kith_types::Timestamp;
use tokio::time::Instant;

use crate::delivery::{self, Place};
use crate::flow::{Accepted, Flow};
use crate::open::{Found, OpenError, Opened, Position};
use crate::{Bus, CATCH_UP, IngestEvent, IngestItem, Interruption};

/// Between two attempts to read on, at most.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// Why a consumer is of no use any more.
pub(crate) enum End {
    NotOpened(OpenError),
    Interrupted(Interruption),
    /// Other events stand where those were that were handed out; this was told already.
    Changed,
}

pub(crate) struct Ledger {
    bus: Bus,
    /// The last event that was handed out; none before the first, and after a reset.
    position: Option<Position>,
    /// What is to be handed out next.
    queue: VecDeque<IngestItem>,
    /// Whether everything has come and nothing is missing.
    live: bool,
    /// Consecutive failures to read on.
    failures: u32,
    /// Since when the stream, or the replica that it is read from, has less than it should.
    behind: Option<Instant>,
    ingested: metrics::Counter,
}

impl Ledger {
    pub(crate) fn new(bus: Bus) -> Self {
        Self {
            bus,
            position: None,
            queue: VecDeque::new(),
            live: false,
            failures: 0,
            behind: None,
            ingested: metrics::counter!("kith_bus_ingested_total"),
        }
    }

    pub(crate) fn take(&mut self) -> Option<IngestItem> {
        self.queue.pop_front()
    }

    pub(crate) fn position(&self) -> Option<Position> {
        self.position
    }

    /// Notes why a consumer is of no use any more, and says how long to wait before the next one.
    pub(crate) fn ended(&mut self, end: &End) -> Duration {
        match end {
            End::Changed => self.failures = 0,
            End::NotOpened(error) => {
                if matches!(error, OpenError::Behind) {
                    self.behind.get_or_insert_with(Instant::now);
                }
                if self.failures == 0 {
                    tracing::warn!(error = %error, cause = ?error.source(), "events cannot be read; it is tried again");
                }
                self.failures = self.failures.saturating_add(1);
            }
            End::Interrupted(why) => {
                let reason = why.name();
                metrics::counter!("kith_bus_ingest_interruptions_total", "reason" => reason)
                    .increment(1);
                // Before everything had come: not at once again.
                if !self.live && *why == Interruption::Behind {
                    self.behind.get_or_insert_with(Instant::now);
                }
                self.failures = if self.live {
                    0
                } else {
                    self.failures.saturating_add(1)
                };
                if self.live {
                    tracing::warn!(reason, "events may be missing; they are read again");
                    self.queue.push_back(IngestItem::Interrupted(*why));
                    self.live = false;
                }
            }
        }
        match self.failures {
            0 => Duration::ZERO,
            failures => Duration::from_millis(50 << failures.min(6)).min(RETRY_DELAY),
        }
    }

    /// Whether a stream that has less than it should may still catch up.
    pub(crate) fn waits(&self) -> bool {
        self.behind.is_none_or(|since| since.elapsed() < CATCH_UP)
    }

    /// Begins to read from a new consumer.
    pub(crate) fn opened(&mut self, opened: Opened) -> Box<Flow> {
        let mut verify = None;
        match opened.found {
            Found::Whole => {
                verify = self
                    .position
                    .filter(|position| opened.first == Some(position.stream_seq));
            }
            Found::Lost { from, to } => self.lost(from, to),
            Found::Reset => self.reset(opened.target),
        }
        let mut flow = Box::new(Flow::new(&self.bus, opened, verify));
        self.note_filled(&mut flow);
        flow
    }

    /// Takes a message of the stream.
    pub(crate) fn stored(
        &mut self,
        flow: &mut Flow,
        place: Place,
        message: Message,
    ) -> Result<(), End> {
        match flow.accept(place).map_err(End::Interrupted)? {
            Accepted::Same => {}
            Accepted::Changed => {
                self.reset(flow.target);
                return Err(End::Changed);
            }
            Accepted::Next { lost } => {
                if let Some((from, to)) = lost {
                    self.lost(from, to);
                }
                self.hand_out(place, flow.created, message);
            }
        }
        self.note_filled(flow);
        Ok(())
    }

    fn hand_out(&mut self, place: Place, created: i128, message: Message) {
        let stream_seq = place.stream_seq;
        self.position = Some(Position {
            stream_seq,
            stored_at: Some(place.stored_at),
            created,
        });
        self.ingested.increment(1);
        let Some(head) = delivery::head(&self.bus.namespace, &message) else {
            tracing::warn!(subject = %message.subject, "an event that this version does not understand");
            self.queue.push_back(IngestItem::Unknown { stream_seq });
            return;
        };
        self.queue.push_back(IngestItem::Event(IngestEvent {
            stream_seq,
            published_at: Timestamp::from_millis(place.stored_at / 1_000_000),
            head,
            traceparent: delivery::trace(&message),
            payload: message.payload,
        }));
    }

    fn note_filled(&mut self, flow: &mut Flow) {
        let Some(filled) = flow.filled() else { return };
        if let Some((from, to)) = filled.lost {
            self.lost(from, to);
        }
        if self
            .position
            .is_none_or(|position| position.stream_seq < filled.at)
        {
            self.position = Some(Position {
                stream_seq: filled.at,
                stored_at: None,
                created: flow.created,
            });
        }
        self.live = true;
        self.failures = 0;
        self.behind = None;
        self.queue.push_back(IngestItem::Resumed { at: filled.at });
    }

    fn lost(&mut self, from: u64, to: u64) {
        metrics::counter!("kith_bus_ingest_lost_total").increment(to + 1 - from);
        tracing::error!(
            from,
            to,
            "the stream has dropped events before they were read: raise its limits"
        );
        self.queue.push_back(IngestItem::Lost { from, to });
    }

    fn reset(&mut self, last: u64) {
        let had = self
            .position
            .take()
            .map_or(0, |position| position.stream_seq);
        self.live = false;
        metrics::counter!("kith_bus_ingest_resets_total").increment(1);
        tracing::error!(
            had,
            last,
            "the stream is another one than before, or has lost its tail"
        );
        self.queue.push_back(IngestItem::Reset { had, last });
    }
}
