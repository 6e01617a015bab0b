use std::sync::Arc;

use kith_types::UserId;
use kith_wire::{DispatchKind, Presence, Status};
use tracing::Span;

use crate::frame::Dispatch;
use crate::hub::guild::Guild;
use crate::hub::users::{Stage, UserState};
use crate::hub::{Hub, Phase};
use crate::outlet::Outlet;

impl Hub {
    /// Tells everybody here who may know how somebody is seen.
    pub(super) async fn tell_presence(&mut self, user: UserId) {
        let Some(frame) = self
            .watching
            .known
            .get(&user)
            .map(|it| update(&it.presence))
        else {
            return;
        };
        let (outlets, complete) = self.who_may_know(user);
        if complete {
            self.watching.unsaid.remove(&user);
        } else {
            self.watching.unsaid.insert(user);
        }
        if outlets.is_empty() {
            return;
        }
        let audience = Arc::new(self.parts.fan_out.audience(outlets.iter()));
        let kind = DispatchKind::PresenceUpdate;
        let bytes = frame.bytes().clone();
        let fan_out = &self.parts.fan_out;
        fan_out
            .to_many(kind, bytes, &audience, None, Span::none())
            .await;
    }

    /// Tells what could not be told when it happened.
    pub(in crate::hub) async fn tell_unsaid(&mut self) {
        if self.phase != Phase::Live || self.watching.unsaid.is_empty() {
            return;
        }
        for user in std::mem::take(&mut self.watching.unsaid) {
            self.tell_presence(user).await;
        }
    }

    /// Two people see each other again, or no longer.
    pub(in crate::hub) async fn tell_each_other(&mut self, one: UserId, other: UserId) {
        for (viewer, user) in [(one, other), (other, one)] {
            // Who is offline anyway stays it, and nobody learns of the block from a message that says so again.
            let Some(presence) = self.watching.visible(user) else {
                continue;
            };
            let Some(state) = self.users.get(&viewer) else {
                continue;
            };
            let frame = if state.circle.hides(user) {
                update(&offline(presence))
            } else {
                update(presence)
            };
            let outlets: Vec<_> = self.looking_at(viewer, user).cloned().collect();
            for outlet in outlets {
                let frames = vec![frame.bytes().clone()];
                self.parts.fan_out.to_one(&outlet, frames).await;
            }
        }
    }

    /// The sessions of `viewer` to which `user` is shown, were it not for blocks.
    fn looking_at(&self, viewer: UserId, user: UserId) -> impl Iterator<Item = &Arc<Outlet>> {
        let watching = &self.watching;
        let interest = watching.interest.get(&user);
        let live = self
            .users
            .get(&viewer)
            .into_iter()
            .flat_map(UserState::live);
        live.filter(move |outlet| {
            interest.is_some_and(|it| {
                let listed = watching.lists.get(&outlet.id()).is_some_and(|shown| {
                    shown.members.is_none() && it.guilds.contains(&shown.guild)
                });
                listed || it.sessions.contains(&outlet.id()) || it.partners.contains(&viewer)
            })
        })
    }

    /// Who may know how `user` is seen, each socket once; and whether that is all of them. While a guild's facts are on
    /// their way, it is not known who is a member, and nobody is told.
    fn who_may_know(&self, user: UserId) -> (Vec<Arc<Outlet>>, bool) {
        let Some(interest) = self.watching.interest.get(&user) else {
            return (Vec::new(), true);
        };
        if self.phase != Phase::Live {
            return (Vec::new(), false);
        }
        let holding = |id| self.guilds.get(id).is_none_or(Guild::is_holding);
        let mut complete = true;
        let mut outlets = Vec::new();
        let mut listeners = Vec::new();
        for id in &interest.guilds {
            match self.watching.rosters.get(id) {
                Some(roster) if !holding(id) => listeners.extend(roster.listeners.values()),
                _ => complete = false,
            }
        }
        for outlet in &interest.sessions {
            match self.watching.lists.get(outlet) {
                Some(shown) if !holding(&shown.guild) => listeners.push(&shown.listener),
                _ => complete = false,
            }
        }
        for listener in listeners {
            if self.shows(listener.user, user) {
                outlets.push(listener.outlet.clone());
            }
        }
        for partner in &interest.partners {
            if self.shows(*partner, user) {
                let live = self
                    .users
                    .get(partner)
                    .into_iter()
                    .flat_map(UserState::live);
                outlets.extend(live.cloned());
            }
        }
        outlets.sort_unstable_by_key(|outlet| outlet.id());
        outlets.dedup_by_key(|outlet| outlet.id());
        (outlets, complete)
    }

    /// Whether no block stands between two people, one of whom is here.
    pub(super) fn shows(&self, viewer: UserId, user: UserId) -> bool {
        let state = self.users.get(&viewer);
        state.is_some_and(|state| !state.circle.hides(user))
    }

    /// A session that has just begun is told of those with whom its user has direct messages.
    pub(in crate::hub) fn greet(&self, user: UserId, outlet: u64) {
        let Some(state) = self.users.get(&user) else {
            return;
        };
        let live = |it: &&super::super::users::Attached| matches!(it.stage, Stage::Live);
        let attached = state.sessions.iter().filter(live);
        let Some(attached) = attached.into_iter().find(|it| it.outlet.id() == outlet) else {
            return;
        };
        for partner in state.circle.partners() {
            if state.circle.hides(*partner) {
                continue;
            }
            if let Some(presence) = self.watching.visible(*partner) {
                attached.outlet.send(update(presence).bytes());
            }
        }
    }
}

fn update(presence: &Presence) -> Dispatch {
    let json = serde_json::to_vec(presence).expect("it has only plain fields");
    Dispatch::encode(DispatchKind::PresenceUpdate, None, &json)
}

fn offline(presence: &Presence) -> Presence {
    Presence {
        status: Status::Offline,
        custom_status: None,
        ..presence.clone()
    }
}
