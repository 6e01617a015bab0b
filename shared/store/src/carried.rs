use std::collections::HashMap;
use std::sync::Mutex;

use kith_events::Aggregate;

use crate::Standing;

/// What this process' own publisher has taken on and not yet settled: for each aggregate one unbroken run of revs.
///
/// It is what the order of an aggregate in the stream rests on. An event may follow directly only if every older one is
/// in the stream or in this run; everything else is the relay's.
#[derive(Default)]
pub struct Carried(Mutex<HashMap<Aggregate, Run>>);

#[derive(Debug, Clone, Copy)]
struct Run {
    first: i64,
    last: i64,
}

impl Carried {
    /// Whether the event `rev` might follow directly, as things stand.
    pub(crate) fn would_take(&self, aggregate: Aggregate, rev: i64, standing: Standing) -> bool {
        let runs = self
            .0
            .lock()
            .expect("no code panics while it holds this lock");
        may_follow(runs.get(&aggregate), rev, standing)
    }

    /// The first rev of the run, for a statement that has to decide by itself.
    pub(crate) fn first(&self, aggregate: Aggregate) -> Option<i64> {
        let runs = self
            .0
            .lock()
            .expect("no code panics while it holds this lock");
        runs.get(&aggregate).map(|run| run.first)
    }

    /// Takes an event on if it may follow directly; then `queue` puts it into the publisher's queue, under the same lock,
    /// and says whether there was room.
    pub fn take(
        &self,
        aggregate: Aggregate,
        rev: i64,
        standing: Standing,
        queue: impl FnOnce() -> bool,
    ) -> bool {
        let mut runs = self
            .0
            .lock()
            .expect("no code panics while it holds this lock");
        if !may_follow(runs.get(&aggregate), rev, standing) || !queue() {
            return false;
        }
        let run = runs.entry(aggregate).or_insert(Run {
            first: rev,
            last: rev,
        });
        // After a gap only the new run counts: what lies before it is in the stream already.
        if run.last + 1 != rev {
            run.first = rev;
        }
        run.last = rev;
        true
    }

    /// The stream has the events up to `rev`, and the database knows.
    pub fn settled(&self, aggregate: Aggregate, rev: i64) {
        let mut runs = self
            .0
            .lock()
            .expect("no code panics while it holds this lock");
        if let Some(run) = runs.get_mut(&aggregate) {
            run.first = run.first.max(rev + 1);
            if run.first > run.last {
                runs.remove(&aggregate);
            }
        }
    }

    /// Gives the whole run up to the relay; `empty` empties the publisher's queue under the same lock.
    pub fn give_up(&self, aggregate: Aggregate, empty: impl FnOnce()) {
        let mut runs = self
            .0
            .lock()
            .expect("no code panics while it holds this lock");
        runs.remove(&aggregate);
        empty();
    }
}

fn may_follow(run: Option<&Run>, rev: i64, standing: Standing) -> bool {
    match standing {
        Standing::Clear => true,
        Standing::Unknown => false,
        Standing::From(oldest) => run.is_some_and(|run| run.first <= oldest && run.last + 1 == rev),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> Aggregate {
        Aggregate::Channel("01M7X094NF15018JC8E57M87Z4".parse().unwrap())
    }

    #[test]
    fn an_event_follows_when_all_older_ones_are_in_the_stream_or_carried_here() {
        let carried = Carried::default();
        assert!(carried.take(channel(), 4, Standing::Clear, || true));
        assert!(carried.take(channel(), 5, Standing::From(4), || true));
        // 6 was written by somebody else.
        assert!(!carried.take(channel(), 7, Standing::From(4), || true));
        assert!(!carried.take(channel(), 6, Standing::From(3), || true));
        assert!(!carried.take(channel(), 6, Standing::Unknown, || true));
        assert!(carried.take(channel(), 6, Standing::From(5), || true));
    }

    #[test]
    fn what_finds_no_room_and_what_follows_it_is_left_to_the_relay() {
        let carried = Carried::default();
        assert!(carried.take(channel(), 1, Standing::Clear, || true));
        assert!(!carried.take(channel(), 2, Standing::From(1), || false));
        assert!(!carried.take(channel(), 3, Standing::From(1), || true));
        carried.settled(channel(), 1);
        assert!(!carried.take(channel(), 4, Standing::From(2), || true));
        assert!(carried.take(channel(), 5, Standing::Clear, || true));
    }

    #[test]
    fn after_a_failure_nothing_follows_until_all_is_settled() {
        let carried = Carried::default();
        assert!(carried.take(channel(), 1, Standing::Clear, || true));
        carried.give_up(channel(), || ());
        assert!(!carried.take(channel(), 2, Standing::From(1), || true));
        assert!(carried.take(channel(), 3, Standing::Clear, || true));
        assert!(carried.take(channel(), 4, Standing::From(3), || true));
    }
}
