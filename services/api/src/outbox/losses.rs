use std::time::Instant;

use kith_bus::{Bus, CATCH_UP, ProbeError, ProbedStream};
use kith_store::{Newest, StreamSeen};
use kith_types::EventId;

/// Finds out whether the stream has lost what it acknowledged.
#[derive(Debug, Default)]
pub(super) struct Losses {
    short: Option<Short>,
}

/// The stream had less than it had acknowledged.
#[derive(Debug, Clone, Copy)]
struct Short {
    newest: Newest,
    had: u64,
    since: Instant,
}

impl Short {
    /// Whether it was a loss; none as long as that cannot be said. `there`: what stands where the newest event was, once the
    /// stream reaches that far again.
    fn is_loss(&self, there: Option<Option<EventId>>, now: Instant) -> Option<bool> {
        match there {
            Some(event) => Some(event != Some(self.newest.event)),
            None if now.duration_since(self.since) >= CATCH_UP => Some(true),
            None => None,
        }
    }
}

impl Losses {
    /// What the stream must have and what it has, as far as that can be said now. `newest` was read before `stream`.
    pub(super) async fn compare(
        &mut self,
        bus: &Bus,
        newest: Option<Newest>,
        stream: &ProbedStream,
    ) -> Result<Option<(Option<u64>, StreamSeen)>, ProbeError> {
        let seen = |last_seq| StreamSeen {
            created: stream.created,
            last_seq,
        };
        if let Some(short) = self.short {
            let reached = stream.last_seq >= short.newest.stream_seq;
            let there = if reached {
                Some(bus.event_at(short.newest.stream_seq).await?)
            } else {
                None
            };
            let Some(loss) = short.is_loss(there, Instant::now()) else {
                return Ok(None);
            };
            self.short = None;
            if loss {
                return Ok(Some((Some(short.newest.stream_seq), seen(short.had))));
            }
        }
        let missing = newest.filter(|newest| newest.stream_seq > stream.last_seq);
        if let Some(newest) = missing.filter(|_| stream.replicas > 1) {
            tracing::warn!(
                acknowledged = newest.stream_seq,
                has = stream.last_seq,
                "the stream has less than it has acknowledged; its leader may still catch up"
            );
            self.short = Some(Short {
                newest,
                had: stream.last_seq,
                since: Instant::now(),
            });
            return Ok(None);
        }
        Ok(Some((
            newest.map(|it| it.stream_seq),
            seen(stream.last_seq),
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_leader_that_catches_up_has_lost_nothing_and_one_that_does_not_has() {
        let since = Instant::now();
        let event = |number| EventId::from(Uuid::from_u128(number));
        let short = Short {
            newest: Newest {
                event: event(1),
                stream_seq: 9,
            },
            had: 4,
            since,
        };
        let soon = since + Duration::from_secs(1);
        assert_eq!(short.is_loss(None, soon), None);
        assert_eq!(short.is_loss(Some(Some(event(1))), soon), Some(false));
        // Its place was given to another, or nothing can be found there.
        assert_eq!(short.is_loss(Some(Some(event(2))), soon), Some(true));
        assert_eq!(short.is_loss(Some(None), soon), Some(true));
        assert_eq!(short.is_loss(None, since + CATCH_UP), Some(true));
    }
}
