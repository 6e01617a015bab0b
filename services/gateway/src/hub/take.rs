use std::sync::Arc;

use kith_events::{EventKind, Scope};
use kith_types::{GuildId, UserId};
use kith_wire::{DispatchKind, GuildDelete};

use super::guild::{HELD, HELD_BYTES};
use super::users::UserState;
use super::{Hub, Todo};
use crate::entry::{Entry, Meaning};
use crate::fanout::Audience;
use crate::frame::Dispatch;

/// Whether an event of a guild can be sent under the facts that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Done,
    /// It waits for facts, which are asked for.
    Wait,
}

impl Hub {
    pub(super) async fn on_guild_entry(&mut self, id: GuildId, entry: &Arc<Entry>) {
        if entry.head.kind == EventKind::GuildDelete && self.absences.is_unavailable(id) {
            self.end_absence(id, entry).await;
        }
        match self.guilds.get(&id) {
            None => self.on_unknown_guild(id, entry).await,
            // Nothing that waits matters any more, and its facts may not be there any more either.
            Some(_) if entry.head.kind == EventKind::GuildDelete => self.end_guild(id, entry).await,
            Some(guild) if guild.is_holding() => self.hold(id, entry).await,
            Some(_) => {
                if self.take(id, entry).await == Taken::Wait {
                    self.hold(id, entry).await;
                }
            }
        }
    }

    /// Nobody here is known to be in that guild: only somebody who comes or goes matters.
    async fn on_unknown_guild(&mut self, id: GuildId, entry: &Arc<Entry>) {
        let Some(user) = entry.member().filter(|user| self.users.contains_key(user)) else {
            return;
        };
        match entry.head.kind {
            EventKind::GuildMemberAdd => self.welcome(id, user, entry.seq),
            EventKind::GuildMemberRemove => self.tell_gone(id, user, entry).await,
            _ => {}
        }
    }

    /// Lets an event wait for its guild's facts.
    async fn hold(&mut self, id: GuildId, entry: &Arc<Entry>) {
        let Some(guild) = self.guilds.get_mut(&id) else {
            return;
        };
        let pin = self.pins.pin(entry.seq);
        guild.held.push_back((entry.clone(), pin));
        guild.held_bytes += entry.size();
        if guild.held.len() > HELD || guild.held_bytes > HELD_BYTES {
            self.let_go(id, "too much waits for them").await;
        }
    }

    /// Sends what has waited, as far as the facts that are there now allow.
    pub(super) async fn release(&mut self, id: GuildId) {
        loop {
            let Some(guild) = self
                .guilds
                .get_mut(&id)
                .filter(|guild| guild.refetch.is_none())
            else {
                return;
            };
            let Some((entry, pin)) = guild.held.pop_front() else {
                return;
            };
            guild.held_bytes -= entry.size();
            // Its own place does not keep it from saying where it is.
            self.pins.unpin(pin);
            if self.take(id, &entry).await == Taken::Wait
                && let Some(guild) = self.guilds.get_mut(&id)
            {
                let pin = self.pins.pin(entry.seq);
                guild.held_bytes += entry.size();
                guild.held.push_front((entry, pin));
            }
        }
    }

    /// Sends an event of a guild if the facts that are there cover it.
    async fn take(&mut self, id: GuildId, entry: &Arc<Entry>) -> Taken {
        let Some(guild) = self.guilds.get(&id) else {
            return Taken::Done;
        };
        let Some(version) = entry.head.access_version else {
            tracing::error!(event.id = %entry.head.id, "an event of a guild carries no access_version; it is not sent");
            return Taken::Done;
        };
        let taken = match entry.meaning {
            Meaning::Everyone if version > guild.facts.version() => {
                self.refetch(id, version, None);
                Taken::Wait
            }
            Meaning::Member(user) => self.take_member(id, user, entry, version).await,
            _ if version > guild.applied => {
                self.refetch(id, version, None);
                Taken::Wait
            }
            _ => Taken::Done,
        };
        if taken == Taken::Done {
            let audience = self.audience_for(id, entry);
            self.deliver(entry, &audience).await;
            match (entry.member(), entry.head.kind) {
                (Some(user), EventKind::GuildMemberAdd) => self.list_member(id, user, version),
                (Some(user), EventKind::GuildMemberRemove) => {
                    self.unlist_member(id, user, version);
                }
                _ => {}
            }
        }
        taken
    }

    /// Somebody came, changed or went. When nothing else has changed since the facts were read, nothing but that member
    /// has to be read, and nothing at all if they are not here.
    async fn take_member(
        &mut self,
        id: GuildId,
        user: UserId,
        entry: &Arc<Entry>,
        version: i64,
    ) -> Taken {
        let here = self.users.contains_key(&user);
        let Some(guild) = self.guilds.get_mut(&id) else {
            return Taken::Done;
        };
        let known = guild.members.get(&user).map(|member| member.as_of);
        let newer = known.is_none_or(|as_of| as_of < version);
        let removed = entry.head.kind == EventKind::GuildMemberRemove;
        let next = guild.applied + 1;
        if version > next {
            if removed && newer && known.is_some() {
                // Whatever the facts will be, nothing more is for them. They are told when the event is sent.
                self.forget_member(id, user);
            }
            if !self.guilds.contains_key(&id) {
                self.tell_gone(id, user, entry).await;
                return Taken::Done;
            }
            self.refetch(id, version, None);
            return Taken::Wait;
        }
        if here && newer && !removed && known.is_some() {
            self.refetch(id, version, Some(user));
            return Taken::Wait;
        }
        guild.applied = guild.applied.max(version);
        if here && newer {
            if removed {
                self.tell_gone(id, user, entry).await;
            } else {
                self.welcome(id, user, entry.seq);
            }
        }
        Taken::Done
    }

    /// Who receives an event of a guild.
    fn audience_for(&mut self, id: GuildId, entry: &Entry) -> Arc<Audience> {
        match entry.head.scope {
            Scope::Channel(_, channel) if entry.head.kind == EventKind::ChannelDelete => {
                let parting = self
                    .guilds
                    .get_mut(&id)
                    .and_then(|guild| guild.parting.remove(&channel));
                Arc::new(self.parts.fan_out.audience(parting.iter().flatten()))
            }
            Scope::Channel(_, channel) => self.viewers(id, channel),
            _ => self.everyone(id),
        }
    }

    /// Lets somebody know that a guild is gone for them; from here on nothing of it reaches them.
    pub(super) async fn tell_gone(&mut self, id: GuildId, user: UserId, entry: &Entry) {
        self.forget_member(id, user);
        let Some(frame) = gone(id, entry) else { return };
        let Some(state) = self.users.get_mut(&user) else {
            return;
        };
        state.leave_to_do(id, &Todo::Gone(frame.without_s()));
        let outlets: Vec<_> = state.live().cloned().collect();
        let frame = self.pins.stamp(&frame, entry.seq);
        for outlet in outlets {
            self.parts
                .fan_out
                .to_one(&outlet, vec![frame.bytes().clone()])
                .await;
        }
    }

    /// A guild is gone for all its members, also for those to whom a snapshot is on its way.
    async fn end_guild(&mut self, id: GuildId, entry: &Arc<Entry>) {
        let Some(guild) = self.guilds.get(&id) else {
            return;
        };
        let members: Vec<UserId> = guild.members.keys().copied().collect();
        let outlets = members
            .iter()
            .filter_map(|user| self.users.get(user))
            .flat_map(UserState::live);
        let audience = Arc::new(self.parts.fan_out.audience(outlets));
        self.deliver(entry, &audience).await;
        for user in members {
            if let (Some(state), Some(frame)) = (self.users.get_mut(&user), gone(id, entry)) {
                state.leave_to_do(id, &Todo::Gone(frame.without_s()));
            }
            self.end_sync(id, user);
        }
        self.forget_guild(id);
    }
}

/// `GUILD_DELETE` for who is no longer in a guild, made from the event that says so.
pub(super) fn gone(guild_id: GuildId, entry: &Entry) -> Option<Dispatch> {
    let payload = GuildDelete {
        event_id: entry.head.id,
        rev: entry.head.rev,
        guild_id,
    };
    let json = serde_json::to_vec(&payload).ok()?;
    Some(Dispatch::encode(
        DispatchKind::GuildDelete,
        Some(entry.seq),
        &json,
    ))
}
