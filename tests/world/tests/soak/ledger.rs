//! What everybody did and was answered, and what everybody received: the soak's evidence, judged at the end.

use std::collections::BTreeMap;
use std::sync::Mutex;

use kith_types::{Entropy, SeededEntropy};

use crate::model::{Rights, Tick, Ticks, Timeline, Who};

/// Where people talk.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) channel: String,
    /// Index of the guild; none for a direct message of these two.
    pub(crate) guild: Option<usize>,
    pub(crate) pair: Option<(Who, Who)>,
}

/// A text that was, or may have been, put into a message.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// Unique in the whole soak.
    pub(crate) tag: String,
    pub(crate) asked: Tick,
    pub(crate) outcome: Outcome,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was done; answered at this moment.
    Done(Tick),
    /// It was refused for good, and no earlier attempt can have been done.
    Refused(Tick),
    /// It was refused, but an earlier attempt that was never answered may have been done.
    Perhaps,
}

/// A message, as its author knows it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) place: usize,
    pub(crate) author: Who,
    /// Known if the post was answered.
    pub(crate) id: Option<String>,
    pub(crate) seq: Option<i64>,
    /// The first and all edits.
    pub(crate) texts: Vec<Text>,
    pub(crate) deletion: Option<(Tick, Outcome)>,
    /// What is attached to it.
    pub(crate) file: Option<File>,
}

/// A file that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl File {
    /// What the file of this name holds.
    pub(crate) fn bytes(name: &str) -> Vec<u8> {
        name.repeat(2000).into_bytes()
    }
}

/// Somebody who wanted the file of a message.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) who: Who,
    /// Index of the message in what was said.
    pub(crate) said: usize,
    pub(crate) asked: Tick,
    pub(crate) answered: Tick,
    /// Whether they got it, or were told that there is no such file.
    pub(crate) done: bool,
}

/// A message that somebody found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) who: Who,
    pub(crate) channel: String,
    pub(crate) message: String,
    pub(crate) asked: Tick,
    pub(crate) answered: Tick,
}

/// Somebody who was told how another is seen.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) who: Who,
    /// The other's id.
    pub(crate) about: String,
    /// The guilds that `who` knew then, each with the moment at which they heard last that the other is not in it any more.
    pub(crate) by: Vec<(String, Tick)>,
    pub(crate) at: Tick,
}

/// Somebody to whom the members of a guild were shown.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) who: Who,
    pub(crate) guild: String,
    pub(crate) asked: Tick,
    pub(crate) at: Tick,
}

/// What somebody did that must be answered with what they may do.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    pub(crate) what: &'static str,
    pub(crate) who: Who,
    pub(crate) place: usize,
    pub(crate) asked: Tick,
    pub(crate) answered: Tick,
    /// Whether it was done, or refused as for somebody who does not see the channel.
    pub(crate) done: bool,
}

/// Something of a channel that came over a socket.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) who: Who,
    pub(crate) channel: String,
    pub(crate) about: About,
    pub(crate) at: Tick,
}

/// The tag of a text, or the id of a message.
#[derive(Debug, Clone)]
pub(crate) enum About {
    Text(String),
    /// A message without a text: it was deleted before it could be told.
    Empty(String),
    Deletion(String),
}

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) ticks: Ticks,
    pub(crate) places: Vec<Place>,
    pub(crate) timelines: Vec<Mutex<Timeline>>,
    /// The guilds' ids, as the timelines are numbered. Nobody leaves the last one.
    pub(crate) guilds: Vec<String>,
    pub(crate) said: Mutex<Vec<Said>>,
    pub(crate) tried: Mutex<Vec<Tried>>,
    pub(crate) heard: Mutex<Vec<Heard>>,
    pub(crate) fetched: Mutex<Vec<Fetched>>,
    pub(crate) found: Mutex<Vec<Found>>,
    pub(crate) told: Mutex<Vec<Told>>,
    pub(crate) listed: Mutex<Vec<Listed>>,
    counts: Mutex<BTreeMap<&'static str, usize>>,
}

impl Ledger {
    pub(crate) fn new(places: Vec<Place>, guilds: Vec<String>, rights: Vec<Rights>) -> Self {
        let timelines = rights.into_iter().map(Timeline::new).map(Mutex::new);
        Self {
            places,
            guilds,
            timelines: timelines.collect(),
            ..Self::default()
        }
    }

    /// Counts that something happened, for the summary.
    pub(crate) fn count(&self, what: &'static str) {
        *lock(&self.counts).entry(what).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        lock(&self.counts).clone()
    }

    /// Whether somebody may have seen a place at some moment of a time.
    pub(crate) fn perhaps(&self, place: &Place, who: Who, from: Tick, to: Tick) -> bool {
        match place.guild {
            Some(guild) => lock(&self.timelines[guild]).perhaps(&place.channel, who, from, to),
            None => place.pair.is_some_and(|(a, b)| who == a || who == b),
        }
    }

    /// Whether somebody saw a place all the time.
    pub(crate) fn certainly(&self, place: &Place, who: Who, from: Tick, to: Tick) -> bool {
        match place.guild {
            Some(guild) => lock(&self.timelines[guild]).certainly(&place.channel, who, from, to),
            None => place.pair.is_some_and(|(a, b)| who == a || who == b),
        }
    }

    /// Whether somebody may have been a member of a guild at some moment of a time.
    pub(crate) fn perhaps_member(&self, guild: &str, who: Who, from: Tick, to: Tick) -> bool {
        let index = self.guilds.iter().position(|id| id == guild);
        index.is_some_and(|index| lock(&self.timelines[index]).perhaps_member(who, from, to))
    }

    /// Whether somebody may have been a member of a guild after it was heard that they were not any more.
    pub(crate) fn perhaps_again(&self, guild: &str, who: Who, heard: Tick, to: Tick) -> bool {
        let index = self.guilds.iter().position(|id| id == guild);
        index.is_some_and(|index| lock(&self.timelines[index]).perhaps_again(who, heard, to))
    }

    /// The guild that nobody leaves.
    pub(crate) fn last_guild(&self) -> &str {
        self.guilds.last().expect("there are some")
    }

    /// The place that a channel is, if it is one of the soak's.
    pub(crate) fn place_of(&self, channel: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.channel == channel)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .expect("nobody panics while they hold this lock")
}

/// One actor's own chance: its choices are the same in every run with the same seed, whatever the others do.
pub(crate) struct Chance(SeededEntropy);

impl Chance {
    pub(crate) fn of(seed: u64, actor: u64) -> Self {
        Self(SeededEntropy::new(
            seed.wrapping_mul(0x9E37_79B9).wrapping_add(actor),
        ))
    }

    /// A number below `bound`.
    pub(crate) fn below(&self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    /// A time between `least` and `most` milliseconds.
    pub(crate) fn millis(&self, least: usize, most: usize) -> std::time::Duration {
        std::time::Duration::from_millis((least + self.below(most - least)) as u64)
    }
}
