use std::sync::Arc;

use kith_bus::EphemeralFact;
use kith_events::{Ephemeral, Scope};
use kith_types::{ChannelId, GuildId, SessionId, UserId};
use kith_wire::{CloseCode, DispatchKind};
use serde::Deserialize;
use tracing::Span;

use super::Hub;
use super::users::{Stage, UserState};
use crate::entry::{Entry, Meaning};
use crate::fanout::Audience;
use crate::frame::Dispatch;
use crate::outlet::{Closing, Outlet};

/// Why sockets of an ended log-in session are closed.
pub(crate) const ENDED: Closing =
    Closing::Code(CloseCode::AuthenticationFailed, "the session has ended");

#[derive(Deserialize)]
struct Typist {
    user_id: UserId,
}

impl Hub {
    /// Sends an event to those who may know of it.
    pub(super) async fn on_entry(&mut self, entry: &Arc<Entry>) {
        match entry.head.scope {
            Scope::Guild(guild) | Scope::Channel(guild, _) => {
                self.on_guild_entry(guild, entry).await;
            }
            Scope::Direct(_) => {
                self.note_circle(entry);
                let audience = self.audience_of(&entry.head.recipients);
                self.deliver(entry, &audience).await;
            }
            Scope::User(user) => {
                if let Meaning::Revoked(logins) = &entry.meaning {
                    self.revoke(user, logins).await;
                }
                let audience = self.audience_of(&[user]);
                self.deliver(entry, &audience).await;
                if let Some((one, other)) = self.note_circle(entry) {
                    self.tell_each_other(one, other).await;
                }
            }
        }
    }

    pub(super) async fn deliver(&mut self, entry: &Arc<Entry>, audience: &Arc<Audience>) {
        let Some(frame) = entry.frame.as_ref().filter(|_| audience.len() > 0) else {
            return;
        };
        let frame = self.pins.stamp_late(frame, entry.seq);
        let span = span(entry);
        let fan_out = &self.parts.fan_out;
        fan_out
            .to_many(frame.kind(), frame.bytes().clone(), audience, None, span)
            .await;
    }

    /// All sessions of some users.
    fn audience_of(&self, users: &[UserId]) -> Arc<Audience> {
        let outlets = users
            .iter()
            .filter_map(|user| self.users.get(user))
            .flat_map(UserState::live);
        Arc::new(self.parts.fan_out.audience(outlets))
    }

    /// Closes the sockets of log-in sessions that have ended.
    pub(super) async fn revoke(&mut self, user: UserId, logins: &[SessionId]) {
        let Some(state) = self.users.get(&user) else {
            return;
        };
        let ended = state
            .sessions
            .iter()
            .filter(|attached| logins.contains(&attached.login));
        let ended: Vec<(Arc<Outlet>, bool)> = ended
            .map(|it| (it.outlet.clone(), matches!(it.stage, Stage::Live)))
            .collect();
        for (outlet, live) in ended {
            if live {
                self.parts.fan_out.close(&outlet, ENDED).await;
            } else {
                outlet.close(ENDED);
            }
            self.detach(user, outlet.id());
        }
    }

    /// All members of a guild, as far as they are here.
    pub(super) fn everyone(&mut self, id: GuildId) -> Arc<Audience> {
        let Some(guild) = self.guilds.get_mut(&id) else {
            return Arc::default();
        };
        let users = &self.users;
        let fan_out = &self.parts.fan_out;
        let members = guild.members.iter().filter(|(_, member)| !member.syncing);
        let find = || {
            let outlets = members
                .filter_map(|(user, _)| users.get(user))
                .flat_map(UserState::live);
            Arc::new(fan_out.audience(outlets))
        };
        guild.everyone.get_or_insert_with(find).clone()
    }

    /// Those members of a guild who may view a channel, as far as they are here.
    pub(super) fn viewers(&mut self, id: GuildId, channel: ChannelId) -> Arc<Audience> {
        let Some(guild) = self.guilds.get_mut(&id) else {
            return Arc::default();
        };
        if let Some(audience) = guild.audiences.get(&channel) {
            return audience.clone();
        }
        let viewing = guild.classes.who_may_view(channel);
        let members = guild
            .members
            .iter()
            .filter(|(_, member)| !member.syncing && viewing.includes(member.class));
        let outlets = members
            .filter_map(|(user, _)| self.users.get(user))
            .flat_map(UserState::live);
        let audience = Arc::new(self.parts.fan_out.audience(outlets));
        // A channel that is not known has no audience worth keeping, and the map stays as large as the guild.
        if guild.facts.has_channel(channel) {
            guild.audiences.insert(channel, audience.clone());
        }
        audience
    }

    /// Passes on that somebody is typing, to those who see it now. While a guild's facts are on their way, nobody does; nor is it
    /// passed on if rights have changed since in a way that is not known here: it overtakes events.
    pub(super) async fn on_typing(&mut self, fact: EphemeralFact) {
        let Ok(Typist { user_id }) = serde_json::from_slice(&fact.payload) else {
            tracing::debug!("a typing fact cannot be understood");
            return;
        };
        let Ephemeral::Typing {
            guild,
            channel,
            access_version,
            recipients,
        } = &fact.about
        else {
            return;
        };
        let audience = match *guild {
            Some(guild)
                if self.guilds.get(&guild).is_some_and(|it| {
                    !it.is_holding() && access_version.is_some_and(|at| at <= it.applied)
                }) =>
            {
                self.viewers(guild, *channel)
            }
            Some(_) => return,
            None => self.audience_of(recipients),
        };
        if audience.len() == 0 {
            return;
        }
        let own = self
            .users
            .get(&user_id)
            .into_iter()
            .flat_map(UserState::live);
        let own: Arc<[u64]> = own.map(|outlet| outlet.id()).collect();
        let kind = DispatchKind::TypingStart;
        let frame = Dispatch::encode(kind, None, &fact.payload);
        let fan_out = &self.parts.fan_out;
        fan_out
            .to_many(
                kind,
                frame.bytes().clone(),
                &audience,
                Some(own),
                Span::none(),
            )
            .await;
    }
}

/// A part of the trace that the event belongs to.
fn span(entry: &Entry) -> Span {
    let kind: &'static str = entry.head.kind.into();
    let span = tracing::info_span!("gateway.fan_out", event.kind = kind, stream.seq = entry.seq);
    if let Some(traceparent) = &entry.traceparent {
        kith_runtime::set_parent(&span, traceparent);
    }
    span
}
