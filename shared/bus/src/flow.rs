//! One open consumer: what it sends, whether it lives, and whether something is missing.

use std::time::Duration;

use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::{Message, Subject, Subscriber};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::delivery::{Delivery, Place};
use crate::layout::HEARTBEAT;
use crate::open::{Opened, Position};
use crate::{Bus, Connection, Interruption};

/// How often the consumer is compared with its stream (design §3, rule 3).
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// So many checks without a sign of life mean that there is none. Heartbeats are as frequent as checks.
const QUIET_CHECKS: u32 = 3;
const _: () = assert!(HEARTBEAT.as_millis() <= CHECK_INTERVAL.as_millis());

/// What happened next.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once; a box would be an allocation per event"
)]
pub(crate) enum Step {
    /// Nothing that matters outside.
    Nothing,
    Stored(Place, Message),
    Broken(Interruption),
}

/// What a stored message is to who reads on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// The next one. `lost` is what the stream has no longer got before it.
    Next { lost: Option<(u64, u64)> },
    /// The one that was handed out last, sent again to see that it is still the same.
    Same,
    /// Another one in the place of the one that was handed out last.
    Changed,
}

/// Everything that was there when the consumer was opened has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) lost: Option<(u64, u64)>,
    pub(crate) at: u64,
}

pub(crate) struct Flow {
    subscriber: Subscriber,
    connection: watch::Receiver<Connection>,
    connects: u64,
    pub(crate) created: i128,
    /// The last that this consumer has sent us, counted by the consumer.
    consumer_seq: u64,
    /// The stream's next sequence; none until the first one comes, if only time decided.
    expected: Option<u64>,
    /// What was handed out last, until it was compared.
    verify: Option<Position>,
    owed: u64,
    pub(crate) target: u64,
    waits: bool,
    filled: bool,
    /// The subject on which to say how far we have read.
    answer: Option<Subject>,
    ticks: Interval,
    heard: bool,
    quiet: u32,
    check: Option<BoxFuture<'static, Standing>>,
    /// The stream's next sequence when the question was asked: the answer may be older than what has come since.
    asked_at: u64,
    /// Where we were when the stream was seen to be ahead.
    behind_at: Option<u64>,
}

/// How the stream stands.
enum Standing {
    There { created: i128, last: u64 },
    Gone,
    Unknown,
}

impl Flow {
    pub(crate) fn new(bus: &Bus, opened: Opened, verify: Option<Position>) -> Self {
        let mut ticks = interval_at(Instant::now() + CHECK_INTERVAL, CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            subscriber: opened.subscriber,
            connection: bus.connection(),
            connects: opened.connects,
            created: opened.created,
            consumer_seq: 0,
            expected: opened.first,
            verify,
            owed: opened.owed,
            target: opened.target,
            waits: opened.waits,
            filled: false,
            answer: None,
            ticks,
            heard: true,
            quiet: 0,
            check: None,
            asked_at: 0,
            behind_at: None,
        }
    }

    /// Waits for the next thing to happen. It may be dropped while it waits.
    pub(crate) async fn step(&mut self, bus: &Bus) -> Step {
        if let Some(subject) = self.answer.clone() {
            // Only a lost connection can refuse it, and that is noticed anyway.
            let _ = bus.client.publish(subject, Bytes::new()).await;
            self.answer = None;
        }
        // What waits already costs no registration with the other sources.
        if let Some(message) = self.subscriber.next().now_or_never() {
            return self.read(message);
        }
        let Self {
            subscriber,
            connection,
            ticks,
            check,
            ..
        } = self;
        tokio::select! {
            biased;
            message = subscriber.next() => self.read(message),
            _ = connection.changed() => self.connection(bus),
            standing = async { check.as_mut().expect("the branch is guarded").await }, if check.is_some() => {
                self.check = None;
                self.compare(&standing)
            }
            _ = ticks.tick() => self.tick(bus),
        }
    }

    fn read(&mut self, message: Option<Message>) -> Step {
        let Some(message) = message else {
            return Step::Broken(Interruption::Disconnected);
        };
        self.heard = true;
        match Delivery::read(&message) {
            Delivery::Stored(place) => Step::Stored(place, message),
            Delivery::FlowControl(subject) => {
                self.answer = Some(subject);
                Step::Nothing
            }
            Delivery::Heartbeat {
                last_consumer_seq,
                answer,
            } => {
                self.answer = answer;
                match last_consumer_seq {
                    Some(last) if last != self.consumer_seq => Step::Broken(Interruption::Gap),
                    _ => Step::Nothing,
                }
            }
            Delivery::Ended => Step::Broken(Interruption::ConsumerGone),
        }
    }

    fn connection(&self, bus: &Bus) -> Step {
        let lost = self.connection.borrow().lost_since(self.connects);
        if lost || bus.connects() != self.connects {
            Step::Broken(Interruption::Disconnected)
        } else {
            Step::Nothing
        }
    }

    fn tick(&mut self, bus: &Bus) -> Step {
        if bus.connects() != self.connects {
            return Step::Broken(Interruption::Disconnected);
        }
        self.quiet = if self.heard { 0 } else { self.quiet + 1 };
        self.heard = false;
        if self.quiet >= QUIET_CHECKS {
            return Step::Broken(Interruption::Silent);
        }
        if self.check.is_none() {
            self.asked_at = self.expected.unwrap_or(0);
            self.check = Some(ask(bus.clone()).boxed());
        }
        Step::Nothing
    }

    fn compare(&mut self, standing: &Standing) -> Step {
        let (created, last) = match *standing {
            Standing::There { created, last } => (created, last),
            Standing::Gone => return Step::Broken(Interruption::StreamChanged),
            Standing::Unknown => return Step::Nothing,
        };
        if created != self.created || last + 1 < self.asked_at {
            return Step::Broken(Interruption::StreamChanged);
        }
        let next = self.expected.unwrap_or(0);
        if last < next {
            self.behind_at = None;
            return Step::Nothing;
        }
        // What is on its way now will have come until the next check.
        match self.behind_at.replace(next) {
            Some(before) if before == next => Step::Broken(Interruption::Behind),
            _ => Step::Nothing,
        }
    }

    /// Takes a message into account.
    pub(crate) fn accept(&mut self, place: Place) -> Result<Accepted, Interruption> {
        if place.consumer_seq != self.consumer_seq + 1 {
            return Err(Interruption::Gap);
        }
        self.consumer_seq = place.consumer_seq;
        if let Some(last) = self.verify.take() {
            self.expected = Some(last.stream_seq + 1);
            if place.stream_seq == last.stream_seq {
                let same = last.stored_at == Some(place.stored_at);
                return Ok(if same {
                    Accepted::Same
                } else {
                    Accepted::Changed
                });
            }
        }
        let expected = self.expected.unwrap_or(place.stream_seq);
        if place.stream_seq < expected {
            return Err(Interruption::Gap);
        }
        self.expected = Some(place.stream_seq + 1);
        let lost = (place.stream_seq > expected).then(|| (expected, place.stream_seq - 1));
        Ok(Accepted::Next { lost })
    }

    /// Says once that everything has come that was there when the consumer was opened.
    pub(crate) fn filled(&mut self) -> Option<Filled> {
        let next = self.expected.unwrap_or(0);
        let may_send_more =
            self.consumer_seq < self.owed || (self.waits && self.expected.is_some());
        if self.filled || (may_send_more && next <= self.target) {
            return None;
        }
        self.filled = true;
        let at = self.target.max(next.saturating_sub(1));
        // The consumer had nothing more to send, and yet the stream had counted further: those were removed.
        let lost = self
            .expected
            .filter(|next| *next <= self.target)
            .map(|next| (next, self.target));
        self.expected = Some(at + 1);
        // Nothing is compared any more with what is behind us: it would be read on from there.
        self.verify = None;
        Some(Filled { lost, at })
    }
}

async fn ask(bus: Bus) -> Standing {
    match bus
        .jetstream
        .get_stream(bus.namespace.events_stream())
        .await
    {
        Ok(stream) => {
            let info = stream.cached_info();
            Standing::There {
                created: info.created.unix_timestamp_nanos(),
                last: info.state.last_sequence,
            }
        }
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(problem) if problem.code() == 404 => Standing::Gone,
            _ => Standing::Unknown,
        },
    }
}
