use std::sync::Arc;

use kith_events::EventKind;
use kith_types::{GuildId, UserId};
use tokio::sync::oneshot;

use super::guild::Guild;
use super::take::gone;
use super::users::Stage;
use super::{Hub, Todo};
use crate::entry::Entry;
use crate::ring::Ring;
use crate::snapshots::Described;

/// What a user is in a guild, as a snapshot says.
pub(crate) struct Seed {
    pub(crate) user: UserId,
    pub(crate) outlet: u64,
    pub(crate) guild: GuildId,
    /// None if there is no such guild any more.
    pub(crate) described: Option<Arc<Described>>,
    pub(crate) given: Given,
    pub(crate) reply: oneshot::Sender<Seeded>,
}

/// What a client is given of a guild. `covers`: the snapshot contains everything up to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// Nothing: it keeps what it knows, having read the stream up to here.
    Nothing { knows: u64 },
    /// A snapshot, and the events since the session's beginning.
    SnapshotAndEvents { covers: u64 },
    /// A snapshot instead of the events that it contains.
    SnapshotOnly { covers: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seeded {
    Done,
    /// The snapshot is not of the moment that the stream has reached: ask again.
    Stale,
    NotMember,
}

impl Hub {
    pub(super) fn seed(&mut self, seed: Seed) {
        let Seed {
            user,
            outlet,
            guild: id,
            described,
            given,
            reply,
        } = seed;
        let applied = self.guilds.get(&id).map(|guild| guild.applied);
        let reached = applied.or_else(|| self.parts.ring.newest_version(id));
        let is_old = |it: &Arc<Described>| reached.is_some_and(|reached| it.version() < reached);
        if described.as_ref().is_some_and(is_old) {
            let _ = reply.send(Seeded::Stale);
            return;
        }
        let Some(described) = described.filter(|described| described.member(user).is_some()) else {
            self.end(id, user);
            let _ = reply.send(Seeded::NotMember);
            return;
        };
        let version = described.version();
        let guild = self
            .guilds
            .entry(id)
            .or_insert_with(|| Guild::new(described.facts.clone()));
        if guild.refetch.is_none() && version > guild.applied {
            self.refetch(id, version, None);
        }
        let Some(guild) = self.guilds.get_mut(&id) else {
            return;
        };
        if let Some(refetch) = &mut guild.refetch {
            refetch.waiting.push(reply);
            return;
        }
        let Some((of, state)) = described.member(user).zip(self.users.get_mut(&user)) else {
            return;
        };
        let news = match given {
            Given::Nothing { knows } => is_news(&self.parts.ring, &described, user, knows),
            Given::SnapshotAndEvents { .. } | Given::SnapshotOnly { .. } => false,
        };
        if let Some(until) = guild.admit(of, version, self.parts.clock.now()) {
            self.expiries.insert((until, id, user));
        }
        state.guilds.insert(id);
        let attached = state
            .sessions
            .iter_mut()
            .find(|attached| attached.outlet.id() == outlet);
        if let Some(Stage::Starting(starting)) = attached.map(|attached| &mut attached.stage) {
            let changed = starting.todo.contains_key(&id);
            match given {
                // These facts tell of something that is news to the client, who may not even know the guild: it is told of as a
                // whole, before anything that happened under these facts.
                Given::Nothing { .. } if news => {
                    starting.leave_to_do(id, &Todo::Sync);
                }
                // Where access has changed, what was said before is not sent.
                Given::SnapshotAndEvents { covers } if changed => {
                    starting.covered.insert(id, covers);
                }
                Given::Nothing { .. } | Given::SnapshotAndEvents { .. } => {}
                Given::SnapshotOnly { covers } => {
                    starting.covered.insert(id, covers);
                }
            }
            if !matches!(given, Given::Nothing { .. }) {
                starting.todo.remove(&id);
            }
        }
        let _ = reply.send(Seeded::Done);
    }

    /// Somebody was to be given a guild that is gone for them: the event that says so may have passed before they came. If it is
    /// still to come, they are told again.
    fn end(&mut self, id: GuildId, user: UserId) {
        self.forget_member(id, user);
        let ends = |entry: &&Arc<Entry>| {
            let ends = matches!(
                entry.head.kind,
                EventKind::GuildMemberRemove | EventKind::GuildDelete
            );
            ends && entry.guild() == Some(id) && entry.concerns(user)
        };
        let end = self.parts.ring.access_after(0).filter(ends).last();
        let frame = end.and_then(|entry| gone(id, entry));
        if let (Some(frame), Some(state)) = (frame, self.users.get_mut(&user)) {
            state.leave_to_do(id, &Todo::Gone(frame.without_s()));
        }
    }
}

/// Whether a guild's facts may tell of something that a client which has read the stream up to `knows` has not been told of,
/// and that no event will tell it. What changed before the session began is looked for when it attaches, but until these
/// facts are there changes pass by unnoticed.
fn is_news(ring: &Ring, described: &Described, user: UserId, knows: u64) -> bool {
    let id = described.description.guild.id;
    let read = |up_to| up_to <= knows.max(ring.last());
    let changed = |entry: &Arc<Entry>| entry.guild() == Some(id) && entry.concerns(user);
    !described.description.told_up_to.is_some_and(read) || ring.access_after(knows).any(changed)
}
