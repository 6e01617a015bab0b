//! The last `rev` of each aggregate, so that what the stream has twice is sent once.

use std::collections::HashMap;

use kith_events::Aggregate;

/// How many aggregates a generation has: two of them are some megabytes. What is forgotten costs nothing but a
/// repeat, which clients drop too.
const GENERATION: usize = 32_768;

/// Remembers the aggregates that something happened to lately.
#[derive(Debug, Default)]
pub(crate) struct Revs {
    young: HashMap<Aggregate, i64>,
    old: HashMap<Aggregate, i64>,
}

impl Revs {
    /// Whether `rev` is newer than all that came before; from then on it is the last one.
    pub(crate) fn admit(&mut self, aggregate: Aggregate, rev: i64) -> bool {
        let last = self
            .young
            .get(&aggregate)
            .or_else(|| self.old.get(&aggregate));
        if last.is_some_and(|last| rev <= *last) {
            return false;
        }
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(aggregate, rev);
        true
    }

    /// Forgets all of them: the stream begins anew.
    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn channel(number: usize) -> Aggregate {
        Aggregate::Channel(Uuid::from_u128(number as u128).into())
    }

    #[test]
    fn a_repeat_and_what_comes_too_late_are_not_admitted() {
        let mut revs = Revs::default();
        assert!(revs.admit(channel(1), 4));
        assert!(!revs.admit(channel(1), 4));
        assert!(!revs.admit(channel(1), 3));
        assert!(revs.admit(channel(1), 6));
        assert!(revs.admit(channel(2), 1));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut revs = Revs::default();
        for number in 0..10 * GENERATION {
            assert!(revs.admit(channel(number), 1));
        }
        assert!(revs.young.len() + revs.old.len() <= 2 * GENERATION);
        assert!(!revs.admit(channel(10 * GENERATION - GENERATION), 1));
    }
}
