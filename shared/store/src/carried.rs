use std::collections::HashMap;
use std::sync::Mutex;

use kith_events::Aggregate;

use crate::Standing;

/// What this process' own publisher has taken on and not yet settled: for each aggregate one unbroken run of revs.
///
/// It is what the order of an aggregate in the stream rests on. An event may follow directly only if every older one is
/// in the stream or in this run; everything else is the relay's.
#[derive(Default)]
pub struct Carried(Mutex<State>);

#[derive(Default)]
struct State {
    runs: HashMap<Aggregate, Run>,
    /// How often a run was given up, of whichever aggregate.
    given_up: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    first: i64,
    last: i64,
}

impl Run {
    fn contains(self, rev: i64) -> bool {
        (self.first..=self.last).contains(&rev)
    }
}

/// What became of an event that the relay handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    New,
    /// It was carried already.
    Already,
    NotNow,
}

/// What was carried at one moment. Whoever asks the database what is unsettled looks here before: what is settled while
/// the statement runs would else be missing in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    run: Option<Run>,
    given_up: u64,
}

impl Look {
    /// The first rev that was carried, for a statement that has to decide by itself.
    pub(crate) fn first(self) -> Option<i64> {
        self.run.map(|run| run.first)
    }
}

impl Carried {
    /// What is carried of an aggregate now.
    pub(crate) fn look(&self, aggregate: Aggregate) -> Look {
        let state = self.state();
        Look {
            run: state.runs.get(&aggregate).copied(),
            given_up: state.given_up,
        }
    }

    /// Whether the event `rev` might follow directly, as things stand.
    pub(crate) fn would_take(&self, aggregate: Aggregate, rev: i64, standing: Standing) -> bool {
        self.state().may_follow(aggregate, rev, standing)
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
        let mut state = self.state();
        if state
            .runs
            .get(&aggregate)
            .is_some_and(|run| run.contains(rev))
        {
            // The relay has seen the row already and handed it over.
            return true;
        }
        let taken = state.may_follow(aggregate, rev, standing) && queue();
        if taken {
            state.extend(aggregate, rev);
        }
        taken
    }

    /// Takes on an event that the database says is unsettled. The relay hands over by rev, beginning with the oldest of an
    /// aggregate, and stops at the first one that is not [`Adopted::New`] or [`Adopted::Already`].
    pub fn adopt(&self, aggregate: Aggregate, rev: i64, queue: impl FnOnce() -> bool) -> Adopted {
        let mut state = self.state();
        match state.runs.get(&aggregate) {
            Some(run) if run.contains(rev) => return Adopted::Already,
            // Settled since the relay looked; or lost by the stream, and then it waits until the run is settled.
            Some(run) if run.last + 1 != rev => return Adopted::NotNow,
            Some(_) | None => {}
        }
        if !queue() {
            return Adopted::NotNow;
        }
        state.extend(aggregate, rev);
        Adopted::New
    }

    /// The stream has the events up to `rev`, and the database knows.
    pub fn settled(&self, aggregate: Aggregate, rev: i64) {
        let runs = &mut self.state().runs;
        if let Some(run) = runs.get_mut(&aggregate) {
            run.first = run.first.max(rev + 1);
            if run.first > run.last {
                runs.remove(&aggregate);
            }
        }
    }

    /// Gives the whole run up to the relay; `empty` empties the publisher's queue under the same lock.
    pub fn give_up(&self, aggregate: Aggregate, empty: impl FnOnce()) {
        let mut state = self.state();
        state.runs.remove(&aggregate);
        state.given_up += 1;
        empty();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0
            .lock()
            .expect("no code panics while it holds this lock")
    }
}

impl State {
    fn may_follow(&self, aggregate: Aggregate, rev: i64, standing: Standing) -> bool {
        let covers = |run: &Run, oldest: i64| run.first <= oldest && run.last + 1 == rev;
        match standing {
            Standing::Clear => true,
            Standing::Unknown => false,
            Standing::From(oldest, look) => {
                // What was carried at the look and is not any more has been settled, unless something was given up.
                let then = look.run.is_some_and(|run| covers(&run, oldest));
                let now = self.runs.get(&aggregate);
                now.is_some_and(|run| covers(run, oldest))
                    || (then && look.given_up == self.given_up)
            }
        }
    }

    fn extend(&mut self, aggregate: Aggregate, rev: i64) {
        let run = self.runs.entry(aggregate).or_insert(Run {
            first: rev,
            last: rev,
        });
        // After a gap only the new run counts: what lies before it is in the stream already.
        if run.last + 1 != rev {
            run.first = rev;
        }
        run.last = rev;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> Aggregate {
        Aggregate::Channel("01M7X094NF15018JC8E57M87Z4".parse().unwrap())
    }

    fn from(carried: &Carried, oldest: i64) -> Standing {
        Standing::From(oldest, carried.look(channel()))
    }

    #[test]
    fn an_event_follows_when_all_older_ones_are_in_the_stream_or_carried_here() {
        let carried = Carried::default();
        let take = |rev, standing| carried.take(channel(), rev, standing, || true);
        assert!(take(4, Standing::Clear));
        assert!(take(5, from(&carried, 4)));
        // 6 was written by somebody else.
        assert!(!take(7, from(&carried, 4)));
        assert!(!take(6, from(&carried, 3)));
        assert!(!take(6, Standing::Unknown));
        assert!(take(6, from(&carried, 5)));
    }

    #[test]
    fn what_is_settled_while_a_statement_runs_does_not_stand_in_the_way() {
        let carried = Carried::default();
        let take = |rev, standing| carried.take(channel(), rev, standing, || true);
        assert!(take(1, Standing::Clear));
        assert!(take(2, from(&carried, 1)));
        let before = from(&carried, 1);
        carried.settled(channel(), 1);
        assert!(take(3, before));
        let before = from(&carried, 2);
        carried.settled(channel(), 3);
        assert!(take(4, before));
        // But a failure in between may have emptied the queue.
        let before = from(&carried, 4);
        carried.give_up(channel(), || ());
        assert!(!take(5, before));
    }

    #[test]
    fn what_finds_no_room_and_what_follows_it_is_left_to_the_relay() {
        let carried = Carried::default();
        let take = |rev, standing| carried.take(channel(), rev, standing, || true);
        assert!(take(1, Standing::Clear));
        assert!(!carried.take(channel(), 2, from(&carried, 1), || false));
        assert!(!take(3, from(&carried, 1)));
        carried.settled(channel(), 1);
        assert!(!take(4, from(&carried, 2)));
        assert!(take(5, Standing::Clear));
    }

    #[test]
    fn after_a_failure_nothing_follows_until_all_is_settled_or_the_relay_has_handed_it_over() {
        let carried = Carried::default();
        let take = |rev, standing| carried.take(channel(), rev, standing, || true);
        let adopt = |rev| carried.adopt(channel(), rev, || true);
        assert!(take(1, Standing::Clear));
        carried.give_up(channel(), || ());
        assert!(!take(2, from(&carried, 1)));
        assert_eq!((adopt(1), adopt(2)), (Adopted::New, Adopted::New));
        assert!(take(3, from(&carried, 1)));
        assert_eq!(adopt(2), Adopted::Already);
        assert_eq!(adopt(5), Adopted::NotNow, "4 is missing");
        assert_eq!(adopt(0), Adopted::NotNow);
        carried.settled(channel(), 3);
        assert!(take(4, Standing::Clear));
        assert!(take(5, from(&carried, 4)));
    }
}
