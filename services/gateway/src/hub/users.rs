use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kith_types::{GuildId, SessionId, UserId};
use kith_wire::Op;
use metrics::gauge;

use super::{Circle, Hub, Seeded, Todo};
use crate::frame;
use crate::outlet::Outlet;

/// Somebody who has a session here.
#[derive(Default)]
pub(super) struct UserState {
    pub(super) sessions: Vec<Attached>,
    /// The guilds that they are a member of, as far as is known, or are about to be told of.
    pub(super) guilds: HashSet<GuildId>,
    pub(super) circle: Circle,
}

/// One of their sessions.
pub(super) struct Attached {
    pub(super) outlet: Arc<Outlet>,
    pub(super) login: SessionId,
    pub(super) stage: Stage,
}

pub(super) enum Stage {
    /// It is told of the past; what happens meanwhile is in the ring.
    Starting(Box<Starting>),
    Live,
}

/// What a session that starts has to be told besides what is in the ring.
#[derive(Default)]
pub(super) struct Starting {
    pub(super) todo: HashMap<GuildId, Todo>,
    /// Up to where a snapshot of a guild that it has contains the guild's events.
    pub(super) covered: HashMap<GuildId, u64>,
}

impl UserState {
    /// The sockets of those sessions that follow what happens.
    pub(super) fn live(&self) -> impl Iterator<Item = &Arc<Outlet>> {
        let live = |attached: &&Attached| matches!(attached.stage, Stage::Live);
        self.sessions
            .iter()
            .filter(live)
            .map(|attached| &attached.outlet)
    }

    pub(super) fn is_live(&self) -> bool {
        self.live().next().is_some()
    }

    /// Lets the sessions that start know that something about a guild has changed under their feet.
    pub(super) fn leave_to_do(&mut self, guild: GuildId, todo: &Todo) {
        for attached in &mut self.sessions {
            if let Stage::Starting(starting) = &mut attached.stage {
                starting.leave_to_do(guild, todo);
            }
        }
    }
}

impl Starting {
    pub(super) fn leave_to_do(&mut self, guild: GuildId, todo: &Todo) {
        let entry = self.todo.entry(guild).or_insert_with(|| todo.clone());
        // A guild that they were to be given is still new to them when something in it changes.
        if !matches!((&*entry, todo), (Todo::Create, Todo::Sync)) {
            *entry = todo.clone();
        }
    }
}

impl Hub {
    /// A session says that it is there, and is told how far it has come: who hears nothing for a long time could not
    /// resume otherwise. It goes the way of all dispatches, so that none of those that it speaks of comes later.
    pub(super) async fn on_heartbeat(&mut self, user: UserId, outlet: u64) {
        let s = self.pins.watermark();
        let state = self.users.get(&user);
        let attached =
            state.and_then(|state| state.sessions.iter().find(|it| it.outlet.id() == outlet));
        let Some(attached) = attached else { return };
        match attached.stage {
            Stage::Live => {
                let acknowledged = frame::plain(Op::HeartbeatAck, Some(s), ());
                self.parts
                    .fan_out
                    .to_one(&attached.outlet, vec![acknowledged])
                    .await;
            }
            Stage::Starting(_) => attached
                .outlet
                .send(&frame::plain(Op::HeartbeatAck, None, ())),
        }
    }

    /// Forgets a session, and with a user's last one, the user.
    pub(super) fn detach(&mut self, user: UserId, outlet: u64) {
        let Some(state) = self.users.get_mut(&user) else {
            return;
        };
        let before = state.sessions.len();
        state
            .sessions
            .retain(|attached| attached.outlet.id() != outlet);
        if state.sessions.len() == before {
            return;
        }
        gauge!("kith_gateway_sessions").decrement(1);
        self.end_list(outlet);
        let Some(state) = self.users.get(&user) else {
            return;
        };
        let guilds: Vec<GuildId> = state.guilds.iter().copied().collect();
        let last = state.sessions.is_empty();
        for id in guilds {
            if last {
                self.forget_member(id, user);
            } else if let Some(guild) = self.guilds.get_mut(&id) {
                guild.forget_audiences();
            }
        }
        if last && let Some(state) = self.users.remove(&user) {
            self.leave(user, &state.circle);
        }
    }

    /// Somebody is no longer a member, or no longer here. A guild of which nobody is here is forgotten.
    pub(super) fn forget_member(&mut self, id: GuildId, user: UserId) {
        self.absences.remove(id, user);
        self.drop_member(id, user);
    }

    /// Nothing of a guild is for somebody any more, whether they wait for it or not.
    pub(super) fn drop_member(&mut self, id: GuildId, user: UserId) {
        if let Some(state) = self.users.get_mut(&user) {
            state.guilds.remove(&id);
        }
        self.end_sync(id, user);
        self.end_lists_of(id, Some(user));
        let Some(guild) = self.guilds.get_mut(&id) else {
            return;
        };
        if let Some(until) = guild
            .members
            .remove(&user)
            .and_then(|member| member.timed_out_until)
        {
            self.expiries.remove(&(until, id, user));
        }
        guild.forget_audiences();
        if guild.members.is_empty() {
            self.forget_guild(id);
        }
    }

    /// Events that wait in a forgotten guild wait for nobody. Who waits for its facts asks anew: they may be about to join.
    pub(super) fn forget_guild(&mut self, id: GuildId) {
        let Some(guild) = self.guilds.remove(&id) else {
            return;
        };
        self.end_lists_of(id, None);
        for (_, pin) in &guild.held {
            self.pins.unpin(*pin);
        }
        if let Some(refetch) = guild.refetch {
            for waiting in refetch.waiting {
                let _ = waiting.send(Seeded::Stale);
            }
            self.ask_views(id, refetch.parked);
        }
        for (user, member) in guild.members {
            if let Some(until) = member.timed_out_until {
                self.expiries.remove(&(until, id, user));
            }
            if let Some(state) = self.users.get_mut(&user) {
                state.guilds.remove(&id);
            }
        }
    }
}
