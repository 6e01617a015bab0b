use std::collections::{HashMap, HashSet};

use kith_events::rpc::ListedMembers;
use kith_types::{GuildId, UserId};
use kith_wire::{DispatchKind, GuildMembers};
use tokio::sync::oneshot;

use super::{Heard, Listener, Roster, Shown};
use crate::frame::Dispatch;
use crate::hub::Hub;
use crate::hub::seed::Seeded;
use crate::hub::users::Stage;

/// A session wants to look at a guild's member list.
pub(crate) struct List {
    pub(crate) user: UserId,
    pub(crate) outlet: u64,
    pub(crate) guild: GuildId,
    pub(crate) listed: ListedMembers,
    /// What presence said of them meanwhile.
    pub(crate) heard: Heard,
    pub(crate) reply: oneshot::Sender<Seeded>,
}

impl Hub {
    /// Shows a member list to a session, and its changes from now on.
    pub(in crate::hub) async fn on_list(&mut self, list: List) {
        let List {
            user,
            outlet,
            guild: id,
            listed,
            heard,
            reply,
        } = list;
        let state = self.users.get(&user);
        let attached = state.and_then(|it| it.sessions.iter().find(|it| it.outlet.id() == outlet));
        let live = attached.filter(|it| matches!(it.stage, Stage::Live));
        let guild = self.guilds.get_mut(&id);
        let guild = guild.filter(|it| it.members.contains_key(&user));
        let (Some(attached), Some(guild)) = (live, guild) else {
            let _ = reply.send(Seeded::NotMember);
            return;
        };
        // Facts that are on their way may say that somebody is no longer a member, the asker too.
        if let Some(refetch) = &mut guild.refetch {
            refetch.waiting.push(reply);
            return;
        }
        if listed.access_version < guild.applied {
            let _ = reply.send(Seeded::Stale);
            return;
        }
        let listener = Listener {
            user,
            outlet: attached.outlet.clone(),
        };
        let before = self.watching.lists.remove(&outlet);
        let whole = listed.all.is_some();
        // What is news to others is told to them; to this one, all of it is the answer.
        let news = self.hear(heard.clone());
        for user in news {
            self.tell_presence(user).await;
        }
        self.show(id, listener.clone(), &listed);
        // Only now: what is known of those who are in both lists is not forgotten in between.
        if let Some(before) = before {
            self.look_away(outlet, before);
        }
        self.hear(heard);
        let members = self.members_shown(outlet);
        let seen = members.filter(|it| self.shows(user, *it));
        let answer = GuildMembers {
            guild_id: id,
            total: listed.total,
            whole,
            presences: seen
                .filter_map(|it| self.watching.visible(it).cloned())
                .collect(),
            ranges: listed.ranges,
            members: listed.named,
        };
        let json = serde_json::to_vec(&answer).expect("it has only plain fields");
        let frame = Dispatch::encode(DispatchKind::GuildMembers, None, &json);
        let frames = vec![frame.bytes().clone()];
        self.parts.fan_out.to_one(&listener.outlet, frames).await;
        self.ask_presences();
        let _ = reply.send(Seeded::Done);
    }

    fn show(&mut self, id: GuildId, listener: Listener, listed: &ListedMembers) {
        let outlet = listener.outlet.id();
        let watching = &mut self.watching;
        let members = if let Some(all) = &listed.all {
            if let Some(roster) = watching.rosters.get_mut(&id) {
                roster.listeners.insert(outlet, listener.clone());
            } else {
                let roster = Roster {
                    members: all.iter().copied().collect(),
                    listeners: HashMap::from([(outlet, listener.clone())]),
                    as_of: listed.access_version,
                };
                watching.rosters.insert(id, roster);
                for member in all {
                    watching.interest_in(*member).guilds.insert(id);
                }
            }
            None
        } else {
            let members: HashSet<UserId> = listed.members().map(|it| it.user.id).collect();
            for member in &members {
                watching.interest_in(*member).sessions.insert(outlet);
            }
            Some(members)
        };
        let shown = Shown {
            guild: id,
            listener,
            members,
            as_of: listed.access_version,
        };
        watching.lists.insert(outlet, shown);
    }

    /// Those of whose changes a session is told because of the list that it looks at.
    fn members_shown(&self, outlet: u64) -> impl Iterator<Item = UserId> {
        let shown = self.watching.lists.get(&outlet);
        let members = shown.and_then(|shown| match &shown.members {
            Some(members) => Some(members),
            None => self
                .watching
                .rosters
                .get(&shown.guild)
                .map(|it| &it.members),
        });
        members.into_iter().flatten().copied()
    }

    /// A session looks at no member list any more.
    pub(in crate::hub) fn end_list(&mut self, outlet: u64) {
        if let Some(before) = self.watching.lists.remove(&outlet) {
            self.look_away(outlet, before);
        }
    }

    /// A session does not look any more at what it looked at before, but for what it looks at now.
    fn look_away(&mut self, outlet: u64, before: Shown) {
        let watching = &mut self.watching;
        let now = watching.lists.get(&outlet);
        if let Some(members) = before.members {
            let kept = now.and_then(|now| now.members.as_ref());
            let gone = |member: &UserId| kept.is_none_or(|kept| !kept.contains(member));
            let gone: Vec<UserId> = members.into_iter().filter(gone).collect();
            for member in gone {
                watching.lose_interest(member, |it| {
                    it.sessions.remove(&outlet);
                });
            }
            return;
        }
        if now.is_some_and(|now| now.members.is_none() && now.guild == before.guild) {
            return;
        }
        let Some(roster) = watching.rosters.get_mut(&before.guild) else {
            return;
        };
        roster.listeners.remove(&outlet);
        if roster.listeners.is_empty()
            && let Some(roster) = watching.rosters.remove(&before.guild)
        {
            for member in roster.members {
                watching.lose_interest(member, |it| {
                    it.guilds.remove(&before.guild);
                });
            }
        }
    }

    /// Nobody, or one user no longer, looks at a guild's member list.
    pub(in crate::hub) fn end_lists_of(&mut self, id: GuildId, only: Option<UserId>) {
        let theirs = |shown: &Shown| {
            shown.guild == id && only.is_none_or(|user| user == shown.listener.user)
        };
        let lists = self.watching.lists.iter();
        let ended: Vec<u64> = lists
            .filter(|(_, it)| theirs(it))
            .map(|(id, _)| *id)
            .collect();
        for outlet in ended {
            self.end_list(outlet);
        }
    }

    /// A guild has one member more.
    pub(in crate::hub) fn list_member(&mut self, id: GuildId, user: UserId, version: i64) {
        let most = self.parts.whole_guild_members;
        let Some(roster) = self.watching.rosters.get_mut(&id) else {
            return;
        };
        // Of a guild that has grown large, those who come are seen by who asks anew.
        if version > roster.as_of && roster.members.len() < most && roster.members.insert(user) {
            self.watching.interest_in(user).guilds.insert(id);
            self.ask_presences();
        }
    }

    /// A guild has one member less: from here on nobody in it is told of them because of it.
    pub(in crate::hub) fn unlist_member(&mut self, id: GuildId, user: UserId, version: i64) {
        let watching = &mut self.watching;
        if let Some(roster) = watching.rosters.get_mut(&id)
            && version > roster.as_of
            && roster.members.remove(&user)
        {
            watching.lose_interest(user, |it| {
                it.guilds.remove(&id);
            });
        }
        let sessions = watching.interest.get(&user).map(|it| &it.sessions);
        let sessions: Vec<u64> = sessions.into_iter().flatten().copied().collect();
        for outlet in sessions {
            let shown = watching.lists.get_mut(&outlet);
            let Some(shown) = shown.filter(|it| it.guild == id && version > it.as_of) else {
                continue;
            };
            if let Some(members) = &mut shown.members {
                members.remove(&user);
            }
            watching.lose_interest(user, |it| {
                it.sessions.remove(&outlet);
            });
        }
    }
}
