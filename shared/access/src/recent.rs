use std::collections::HashMap;
use std::hash::Hash;
use std::mem;

/// What was noted lately, about as much as `HALF` to twice as much: when one half is full, the other is forgotten.
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

/// With tokens and accounts some 100 bytes each: at most 6 MB, and far more than use one process in a quarter of an hour.
const HALF: usize = 32_768;

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash, V: Copy> Recent<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.young.get(key).or_else(|| self.old.get(key)).copied()
    }

    pub(crate) fn note(&mut self, key: K, value: V) {
        if self.young.len() >= HALF {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn forget(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_and_there_are_never_more_than_two_halves() {
        let mut recent = Recent::default();
        for number in 0..3 * HALF + 5 {
            recent.note(number, number * 2);
            assert!(recent.young.len() + recent.old.len() <= 2 * HALF);
        }
        let last = 3 * HALF + 4;
        assert_eq!(recent.get(&last), Some(last * 2));
        assert_eq!(recent.get(&(last - HALF)), Some((last - HALF) * 2));
        assert_eq!(recent.get(&0), None);
        recent.forget(&last);
        assert_eq!(recent.get(&last), None);
    }
}
