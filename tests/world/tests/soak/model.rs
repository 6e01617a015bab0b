//! Who may see which channel when, in the soak's own words: written from the design, not from the code that decides.
//!
//! A change of rights is in flight between its request and its answer. What is asserted rests only on what is certain: before
//! the request the old state holds, after the answer the new one, and in between either.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

/// A person, by number.
pub(crate) type Who = usize;

/// A moment: moments are numbered in the order in which they were asked for.
pub(crate) type Tick = u64;

/// Gives out moments.
#[derive(Default)]
pub(crate) struct Ticks(AtomicU64);

impl Ticks {
    pub(crate) fn next(&self) -> Tick {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Everything that decides what people see of a guild.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rights {
    pub(crate) owner: Who,
    pub(crate) members: BTreeSet<Who>,
    /// Who has the guild's one special role.
    pub(crate) keepers: BTreeSet<Who>,
    pub(crate) doors: BTreeMap<String, Door>,
}

/// A channel's overwrites of VIEW_CHANNEL.
#[derive(Debug, Clone, Default)]
pub(crate) struct Door {
    /// Denied to everyone.
    pub(crate) closed: bool,
    /// Allowed to the special role.
    pub(crate) keepers: bool,
    /// Allowed to (true) or denied to (false) single people.
    pub(crate) single: BTreeMap<Who, bool>,
}

impl Rights {
    /// Whether somebody sees a channel. An owner sees everything, an outsider nothing; everyone may view unless an overwrite says
    /// otherwise; a role's overwrite is stronger than everyone's, and a member's own is stronger than that.
    pub(crate) fn shows(&self, channel: &str, who: Who) -> bool {
        if who == self.owner {
            return true;
        }
        let Some(door) = self.doors.get(channel) else {
            return false;
        };
        if !self.members.contains(&who) {
            return false;
        }
        if let Some(own) = door.single.get(&who) {
            return *own;
        }
        !door.closed || (door.keepers && self.keepers.contains(&who))
    }

    /// Ends a membership, and with it all that belonged to it.
    pub(crate) fn remove(&mut self, who: Who) {
        self.members.remove(&who);
        self.keepers.remove(&who);
        for door in self.doors.values_mut() {
            door.single.remove(&who);
        }
    }
}

/// A guild's rights over time. Its changes follow each other, each answered before the next is asked for.
#[derive(Debug)]
pub(crate) struct Timeline(Vec<Change>);

#[derive(Debug)]
struct Change {
    asked: Tick,
    answered: Option<Tick>,
    after: Rights,
}

impl Timeline {
    pub(crate) fn new(first: Rights) -> Self {
        Self(vec![Change {
            asked: 0,
            answered: Some(0),
            after: first,
        }])
    }

    pub(crate) fn now(&self) -> &Rights {
        &self.0.last().expect("there is always the first").after
    }

    pub(crate) fn ask(&mut self, at: Tick, after: Rights) {
        self.0.push(Change {
            asked: at,
            answered: None,
            after,
        });
    }

    pub(crate) fn answer(&mut self, at: Tick) {
        self.0.last_mut().expect("one was asked for").answered = Some(at);
    }

    /// The states that may have held at some moment of a time.
    fn during(&self, from: Tick, to: Tick) -> impl Iterator<Item = &Rights> {
        self.0
            .iter()
            .enumerate()
            .filter(move |(index, change)| {
                let over = self.0.get(index + 1).and_then(|next| next.answered);
                change.asked <= to && over.is_none_or(|over| over >= from)
            })
            .map(|(_, change)| &change.after)
    }

    /// Whether somebody may have seen a channel at some moment of a time.
    pub(crate) fn perhaps(&self, channel: &str, who: Who, from: Tick, to: Tick) -> bool {
        self.during(from, to)
            .any(|rights| rights.shows(channel, who))
    }

    /// Whether somebody may have been a member at some moment of a time.
    pub(crate) fn perhaps_member(&self, who: Who, from: Tick, to: Tick) -> bool {
        self.during(from, to)
            .any(|rights| rights.members.contains(&who))
    }

    /// Whether somebody may have been a member after it was heard, at `heard`, that they were not any more: by what was asked for
    /// last before that, or later.
    pub(crate) fn perhaps_again(&self, who: Who, heard: Tick, to: Tick) -> bool {
        let first = self.0.iter().rposition(|change| change.asked <= heard);
        let later = self.0.iter().skip(first.unwrap_or_default());
        later
            .filter(|change| change.asked <= to)
            .any(|change| change.after.members.contains(&who))
    }

    /// Whether somebody saw a channel all the time, for certain.
    pub(crate) fn certainly(&self, channel: &str, who: Who, from: Tick, to: Tick) -> bool {
        self.during(from, to)
            .all(|rights| rights.shows(channel, who))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights() -> Rights {
        Rights {
            owner: 0,
            members: [0, 1, 2].into(),
            keepers: [2].into(),
            doors: [("open", false), ("closed", true)]
                .map(|(name, closed)| {
                    let door = Door {
                        closed,
                        keepers: true,
                        ..Door::default()
                    };
                    (name.to_owned(), door)
                })
                .into(),
        }
    }

    #[test]
    fn the_more_special_rule_decides() {
        let mut rights = rights();
        let seen = |rights: &Rights, channel| {
            (0..4)
                .map(|who| rights.shows(channel, who))
                .collect::<Vec<_>>()
        };
        assert_eq!(seen(&rights, "open"), [true, true, true, false]);
        assert_eq!(seen(&rights, "closed"), [true, false, true, false]);
        let door = rights.doors.get_mut("closed").unwrap();
        door.single = [(0, false), (1, true), (2, false), (3, true)].into();
        assert_eq!(seen(&rights, "closed"), [true, true, false, false]);
        rights.remove(1);
        assert_eq!(seen(&rights, "closed"), [true, false, false, false]);
    }

    #[test]
    fn only_what_is_certain_is_certain() {
        let mut line = Timeline::new(rights());
        let mut without = rights();
        without.remove(1);
        line.ask(10, without);
        line.answer(20);
        line.ask(30, rights());
        let all = |from, to| {
            (
                line.perhaps("open", 1, from, to),
                line.certainly("open", 1, from, to),
            )
        };
        assert_eq!(all(1, 9), (true, true));
        assert_eq!(all(1, 10), (true, false));
        assert_eq!(all(15, 15), (true, false));
        assert_eq!(all(21, 29), (false, false));
        assert_eq!(all(21, 30), (true, false));
        assert_eq!(all(35, 40), (true, false));
        assert!(line.perhaps_member(1, 1, 9) && line.perhaps_member(1, 1, 25));
        assert!(!line.perhaps_member(1, 21, 29) && line.perhaps_member(1, 21, 30));
        assert!(line.perhaps_again(1, 0, 25) && !line.perhaps_again(1, 15, 29));
        assert!(line.perhaps_again(1, 15, 30) && line.perhaps_again(1, 31, 40));
    }
}
