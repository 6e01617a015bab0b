//! The last minutes of the stream, encoded. What is sent live and what is sent again after a break come from here.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use kith_events::EventKind;
use kith_types::{GuildId, Timestamp};

use crate::entry::{Entry, Meaning};

/// The ring, bounded in bytes and age.
#[derive(Debug)]
pub(crate) struct Ring {
    entries: VecDeque<(Timestamp, Arc<Entry>)>,
    /// Those that change access, again: few, and looked at by every resume.
    access: VecDeque<Arc<Entry>>,
    /// Those that delete a message, again.
    erased: VecDeque<Arc<Entry>>,
    /// The newest `access_version` that an entry of each guild carries, and that entry's place.
    versions: HashMap<GuildId, (i64, u64)>,
    /// The newest `access_version` of each guild that was ever read of: what is let go of is no less true.
    told: HashMap<GuildId, i64>,
    /// Everything after this is here; none before anything was read.
    floor: Option<u64>,
    /// The last of the stream that was read.
    last: u64,
    bytes: usize,
    max_bytes: usize,
    max_age: Duration,
}

impl Ring {
    pub(crate) fn new(max_bytes: usize, max_age: Duration) -> Self {
        Self {
            entries: VecDeque::new(),
            access: VecDeque::new(),
            erased: VecDeque::new(),
            versions: HashMap::new(),
            told: HashMap::new(),
            floor: None,
            last: 0,
            bytes: 0,
            max_bytes,
            max_age,
        }
    }

    /// Forgets everything; what comes next is the beginning.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.max_bytes, self.max_age);
    }

    /// Takes note that everything up to `seq` was read.
    pub(crate) fn reach(&mut self, seq: u64) {
        self.floor.get_or_insert(seq);
        self.last = self.last.max(seq);
    }

    /// Takes note of the next event, which is not kept.
    pub(crate) fn skip(&mut self, seq: u64) {
        self.floor.get_or_insert(seq - 1);
        self.last = seq;
    }

    /// Keeps the next event, stored at `at`, and lets go of what is too much or too old.
    pub(crate) fn push(&mut self, entry: Arc<Entry>, at: Timestamp, now: Timestamp) {
        self.skip(entry.seq);
        self.bytes += entry.size();
        // A name is no change of access: what carries no newer version than was known is none.
        let only_named = entry.head.kind == EventKind::GuildMemberUpdate
            && entry.guild().is_some_and(|guild| {
                let known = self.told.get(&guild).copied();
                known.is_some() && entry.head.access_version <= known
            });
        if let (Some(guild), Some(version)) = (entry.guild(), entry.head.access_version) {
            let newest = self.versions.entry(guild).or_insert((version, entry.seq));
            *newest = (newest.0.max(version), entry.seq);
            let told = self.told.entry(guild).or_insert(version);
            *told = version.max(*told);
        }
        match entry.meaning {
            Meaning::Everyone | Meaning::Member(_) if !only_named => {
                self.access.push_back(entry.clone());
            }
            Meaning::Erased { .. } => self.erased.push_back(entry.clone()),
            _ => {}
        }
        self.entries.push_back((at, entry));
        while self.bytes > self.max_bytes {
            self.drop_oldest();
        }
        self.age(now);
    }

    /// Lets go of what is too old.
    pub(crate) fn age(&mut self, now: Timestamp) {
        let oldest = now.millis() - self.max_age.as_millis() as i64;
        while let Some((at, _)) = self.entries.front()
            && at.millis() < oldest
        {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((_, entry)) = self.entries.pop_front() else {
            return;
        };
        self.floor = Some(entry.seq);
        self.bytes -= entry.size();
        for some in [&mut self.access, &mut self.erased] {
            if some.front().is_some_and(|first| first.seq == entry.seq) {
                some.pop_front();
            }
        }
        if let Some(guild) = entry.guild()
            && self
                .versions
                .get(&guild)
                .is_some_and(|newest| newest.1 == entry.seq)
        {
            self.versions.remove(&guild);
        }
    }

    /// The last of the stream that was read.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Whether everything after `s` is still here.
    pub(crate) fn reaches_back_to(&self, s: u64) -> bool {
        self.floor.is_some_and(|floor| s >= floor)
    }

    /// What came after `s`, oldest first.
    pub(crate) fn after(&self, s: u64) -> impl Iterator<Item = &Arc<Entry>> {
        let start = self.entries.partition_point(|(_, entry)| entry.seq <= s);
        self.entries.range(start..).map(|(_, entry)| entry)
    }

    /// What changed somebody's access after `s`, oldest first.
    pub(crate) fn access_after(&self, s: u64) -> impl Iterator<Item = &Arc<Entry>> {
        let start = self.access.partition_point(|entry| entry.seq <= s);
        self.access.range(start..)
    }

    /// What deleted a message after `s`, oldest first.
    pub(crate) fn erased_after(&self, s: u64) -> impl Iterator<Item = &Arc<Entry>> {
        let start = self.erased.partition_point(|entry| entry.seq <= s);
        self.erased.range(start..)
    }

    /// The newest `access_version` of a guild that the stream has told of lately.
    pub(crate) fn newest_version(&self, guild: GuildId) -> Option<i64> {
        self.versions.get(&guild).map(|(version, _)| *version)
    }

    /// How many events are kept.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How much they take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kith_events::{EventHead, Scope};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn entry(seq: u64, kind: EventKind, guild: u128, version: i64) -> Arc<Entry> {
        let guild = GuildId::from(Uuid::from_u128(guild));
        let scope = if kind.is_message() {
            Scope::Channel(guild, Uuid::from_u128(9).into())
        } else {
            Scope::Guild(guild)
        };
        let head = EventHead {
            id: Uuid::from_u128(u128::from(seq)).into(),
            scope,
            kind,
            rev: seq as i64,
            seq: None,
            access_version: Some(version),
            recipients: Vec::new(),
        };
        Arc::new(Entry::new(seq, head, &Bytes::from_static(b"{}"), None))
    }

    fn seqs<'a>(entries: impl Iterator<Item = &'a Arc<Entry>>) -> Vec<u64> {
        entries.map(|entry| entry.seq).collect()
    }

    proptest! {
        #[test]
        fn a_resume_gets_everything_after_s_or_is_told_that_it_cannot(
            kinds in prop::collection::vec(0_u8..3, 1..60), room in 1_usize..40, s in 0_u64..80,
        ) {
            let size = entry(1, EventKind::MessageCreate, 1, 1).size();
            let mut ring = Ring::new(size * room, Duration::from_mins(5));
            ring.reach(10);
            let now = Timestamp::from_millis(0);
            let mut all = Vec::new();
            for (index, kind) in kinds.iter().enumerate() {
                let seq = 11 + index as u64;
                match kind {
                    0 => ring.skip(seq),
                    1 => ring.push(entry(seq, EventKind::MessageCreate, 1, 1), now, now),
                    _ => ring.push(entry(seq, EventKind::GuildRoleUpdate, 1, 1), now, now),
                }
                if *kind > 0 {
                    all.push((seq, *kind));
                }
            }
            prop_assert_eq!(ring.last(), 10 + kinds.len() as u64);
            prop_assert!(ring.bytes() <= size * room + size);
            if ring.reaches_back_to(s) {
                let wanted: Vec<u64> = all.iter().filter(|it| it.0 > s).map(|it| it.0).collect();
                prop_assert_eq!(seqs(ring.after(s)), wanted);
                let wanted: Vec<u64> = all.iter().filter(|it| it.0 > s && it.1 == 2).map(|it| it.0).collect();
                prop_assert_eq!(seqs(ring.access_after(s)), wanted);
            } else {
                prop_assert!(s < 10 || seqs(ring.after(0)).first().is_none_or(|first| *first > s + 1));
            }
        }
    }

    #[test]
    fn what_is_too_old_is_let_go() {
        let mut ring = Ring::new(usize::MAX, Duration::from_mins(5));
        ring.reach(0);
        let start = Timestamp::from_millis(1_795_255_200_000);
        let later = start.plus_seconds(200);
        ring.push(entry(1, EventKind::GuildUpdate, 1, 5), start, start);
        ring.push(entry(2, EventKind::MessageCreate, 2, 7), later, later);
        ring.age(start.plus_seconds(301));
        assert!(!ring.reaches_back_to(0));
        assert!(ring.reaches_back_to(1));
        assert!(seqs(ring.access_after(0)).is_empty());
        assert_eq!(ring.newest_version(Uuid::from_u128(1).into()), None);
        assert_eq!(ring.newest_version(Uuid::from_u128(2).into()), Some(7));
        assert_eq!(ring.len(), 1);
    }
}
