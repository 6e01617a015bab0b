use std::collections::HashSet;

use kith_events::rpc::Identity;
use kith_events::{EventKind, Scope};
use kith_types::UserId;

use crate::entry::{Entry, Meaning};
use crate::hub::Hub;

/// Whom somebody has to do with outside of guilds. Blocks count in both directions: of two people one of whom has blocked
/// the other neither sees the other come and go.
#[derive(Debug, Default, Clone)]
pub(crate) struct Circle {
    /// Those with whom they have a direct message.
    partners: HashSet<UserId>,
    blocked: HashSet<UserId>,
    blocked_by: HashSet<UserId>,
}

impl Circle {
    /// As api says.
    pub(crate) fn of(identity: &Identity) -> Self {
        let own = identity.user.id;
        let recipients = identity
            .direct_channels
            .iter()
            .flat_map(|it| &it.recipients);
        Self {
            partners: recipients.map(|it| it.id).filter(|it| *it != own).collect(),
            blocked: identity.blocks.iter().copied().collect(),
            blocked_by: identity.blocked_by.iter().copied().collect(),
        }
    }

    pub(in crate::hub) fn partners(&self) -> impl Iterator<Item = &UserId> {
        self.partners.iter()
    }

    pub(in crate::hub) fn hides(&self, other: UserId) -> bool {
        self.blocked.contains(&other) || self.blocked_by.contains(&other)
    }
}

impl Hub {
    /// A session of a user has begun. `circle` is from a moment when everything up to `as_of` had been sent; what came
    /// later is in the ring.
    pub(in crate::hub) fn enter(&mut self, user: UserId, circle: Circle, as_of: u64) {
        let Some(state) = self.users.get_mut(&user) else {
            return;
        };
        // Nobody loses a partner. What is known of blocks is replaced: everything that came later follows below.
        let mut partners = std::mem::take(&mut state.circle.partners);
        partners.extend(&circle.partners);
        state.circle = Circle {
            partners: partners.clone(),
            ..circle
        };
        for partner in partners {
            self.watching.interest_in(partner).partners.insert(user);
        }
        let applied = self.applied;
        let since = self
            .parts
            .ring
            .after(as_of)
            .take_while(|it| it.seq <= applied);
        let since: Vec<_> = since.filter(|it| concerns(it, user)).cloned().collect();
        for entry in since {
            self.note_circle(&entry);
        }
        self.ask_presences();
    }

    /// The last session of a user has ended.
    pub(in crate::hub) fn leave(&mut self, user: UserId, circle: &Circle) {
        for partner in &circle.partners {
            self.watching.lose_interest(*partner, |it| {
                it.partners.remove(&user);
            });
        }
    }

    /// Takes note of who has to do with whom. The same again changes nothing. Gives the pair that sees each other otherwise
    /// now.
    pub(in crate::hub) fn note_circle(&mut self, entry: &Entry) -> Option<(UserId, UserId)> {
        match (&entry.meaning, entry.head.scope) {
            (Meaning::Blocked(other), Scope::User(user)) => {
                let begins = entry.head.kind == EventKind::BlockAdd;
                let put = |set: &mut HashSet<UserId>, who| {
                    if begins {
                        set.insert(who);
                    } else {
                        set.remove(&who);
                    }
                };
                if let Some(state) = self.users.get_mut(&user) {
                    put(&mut state.circle.blocked, *other);
                }
                if let Some(state) = self.users.get_mut(other) {
                    put(&mut state.circle.blocked_by, user);
                }
                Some((user, *other))
            }
            (Meaning::Chosen { presence, rev }, Scope::User(user)) => {
                let connections = &self.parts.connections;
                connections.choose(user, presence.clone(), *rev);
                None
            }
            (Meaning::Met(people), Scope::User(user)) => {
                for other in people {
                    self.meet(user, *other);
                }
                None
            }
            (_, Scope::Direct(_)) => {
                if let [one, other] = entry.head.recipients[..] {
                    self.meet(one, other);
                    self.meet(other, one);
                }
                None
            }
            _ => None,
        }
    }

    /// Two people have a direct message.
    fn meet(&mut self, user: UserId, other: UserId) {
        let Some(state) = self.users.get_mut(&user).filter(|_| user != other) else {
            return;
        };
        if state.circle.partners.insert(other) {
            self.watching.interest_in(other).partners.insert(user);
            self.ask_presences();
        }
    }
}

fn concerns(entry: &Entry, user: UserId) -> bool {
    match (&entry.meaning, entry.head.scope) {
        (Meaning::Blocked(other), Scope::User(of)) => of == user || *other == user,
        (Meaning::Chosen { .. } | Meaning::Met(_), Scope::User(of)) => of == user,
        (_, Scope::Direct(_)) => entry.head.recipients.contains(&user),
        _ => false,
    }
}
