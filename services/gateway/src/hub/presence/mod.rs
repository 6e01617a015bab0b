//! Who of those here wants to know how somebody is seen, and may. It is decided from what the hub knows of guilds, so
//! that whoever is no longer a member neither hears of the others nor is heard of.

mod asking;
mod circle;
mod lists;
mod telling;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kith_types::{GuildId, UserId};
use kith_wire::{Presence, Status};
use tokio::time::Instant;

pub(crate) use self::asking::Heard;
pub(crate) use self::circle::Circle;
pub(crate) use self::lists::List;
use crate::outlet::Outlet;

/// What this gateway knows of presence, and for whom.
pub(super) struct Watching {
    /// How those are seen in whom somebody here is interested.
    known: HashMap<UserId, Known>,
    /// Who is interested in somebody. Whoever is not in it is not known either.
    interest: HashMap<UserId, Interest>,
    /// Small guilds whose member list somebody looks at.
    rosters: HashMap<GuildId, Roster>,
    /// The one member list that a session looks at, by outlet.
    lists: HashMap<u64, Shown>,
    /// Who is seen otherwise than some were told, because it could not be known whether they may know.
    unsaid: HashSet<UserId>,
    /// Of whom presence has to be asked.
    wanted: HashSet<UserId>,
    asking: bool,
    /// When presence is asked of everybody again: what went by unheard is found out then.
    again: Instant,
}

struct Known {
    presence: Presence,
    /// When it was heard.
    at: Instant,
}

#[derive(Default)]
struct Interest {
    /// Small guilds that they are a member of.
    guilds: HashSet<GuildId>,
    /// Sessions that see them in a large guild's member list, by outlet.
    sessions: HashSet<u64>,
    /// Users here who have a direct message with them.
    partners: HashSet<UserId>,
}

/// A small guild: who looks at its list is told of all its members.
struct Roster {
    members: HashSet<UserId>,
    /// By outlet.
    listeners: HashMap<u64, Listener>,
    /// Up to this `access_version` the members contain what the stream tells.
    as_of: i64,
}

#[derive(Clone)]
struct Listener {
    user: UserId,
    outlet: Arc<Outlet>,
}

/// What a session looks at.
struct Shown {
    guild: GuildId,
    listener: Listener,
    /// Of a large guild: whom it sees. None: the guild's roster.
    members: Option<HashSet<UserId>>,
    as_of: i64,
}

impl Watching {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            known: HashMap::new(),
            interest: HashMap::new(),
            rosters: HashMap::new(),
            lists: HashMap::new(),
            unsaid: HashSet::new(),
            wanted: HashSet::new(),
            asking: false,
            again: now,
        }
    }

    /// Somebody is interested in `user` from now on.
    fn interest_in(&mut self, user: UserId) -> &mut Interest {
        if !self.known.contains_key(&user) {
            self.wanted.insert(user);
        }
        self.interest.entry(user).or_default()
    }

    /// Some of the interest in `user` has ended.
    fn lose_interest(&mut self, user: UserId, end: impl FnOnce(&mut Interest)) {
        let Some(interest) = self.interest.get_mut(&user) else {
            return;
        };
        end(interest);
        if interest.is_empty() {
            self.interest.remove(&user);
            self.known.remove(&user);
            self.wanted.remove(&user);
            self.unsaid.remove(&user);
        }
    }

    /// How somebody is seen, if that is known and they are seen at all.
    fn visible(&self, user: UserId) -> Option<&Presence> {
        let known = &self.known.get(&user)?.presence;
        (known.status != Status::Offline).then_some(known)
    }
}

impl Interest {
    fn is_empty(&self) -> bool {
        self.guilds.is_empty() && self.sessions.is_empty() && self.partners.is_empty()
    }
}
