//! What the played api holds to be true, and the events that changing it makes.

mod answers;
mod names;
mod presence;
mod texts;

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use kith_events::rpc::{
    Beat, DescribeGuild, GuildDescription, Identity, KnownPresences, ListMembers, ListedMembers,
    MemberRoles, Presences, SessionsRevoked, ValidSessions, Viewer,
};
use kith_events::{EventHead, EventKind, Scope, StoredEvent};
use kith_types::{ChannelId, EventId, Permissions, SessionId, Timestamp, UserId};
use kith_wire::{
    BlockChange, Channel, ChannelChange, ChannelDelete, ChannelKind, ErrorCode, Guild, GuildDelete,
    Member, MemberChange, MemberRange, MemberRemove, Message, MessageChange, MessageKind,
    Overwrite, OverwriteKind, Presence, PresenceSettings, PresenceSettingsChange, ReadState,
    ReadStateUpdate, Role, RoleChange, Status, User, UserKind,
};
use serde::Serialize;
use uuid::Uuid;

pub(crate) use names::{DIRECT, channel, guild, login, role, token, user};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

pub(crate) fn account(number: u8) -> User {
    User {
        id: user(number),
        username: format!("person{number}"),
        display_name: format!("Person {number}"),
        kind: UserKind::Human,
        home: "kith.test".to_owned(),
        avatar: None,
    }
}

struct GuildTruth {
    number: u8,
    owner: u8,
    version: i64,
    rev: i64,
    /// The newest of its own events that is in the stream, by rev, and its place there.
    told: (i64, u64),
    roles: BTreeMap<u8, Role>,
    channels: BTreeMap<u8, Channel>,
    members: BTreeMap<u8, Member>,
}

/// Everything.
pub(crate) struct Truth {
    guilds: BTreeMap<u8, GuildTruth>,
    /// By channel: the last `rev`, which is the last `seq` too, because nothing is edited here.
    revs: HashMap<ChannelId, i64>,
    user_revs: HashMap<UserId, i64>,
    ended: HashSet<SessionId>,
    pub(crate) epoch: i64,
    events: u128,
    /// How many questions about guilds were answered.
    pub(crate) described: usize,
    /// Guilds that cannot be described, and what is said instead.
    pub(crate) trouble: HashMap<u8, ErrorCode>,
    /// Who has a direct message with whom.
    pub(crate) directs: Vec<[u8; 2]>,
    /// What the played presence knows.
    pub(crate) presences: HashMap<UserId, Presence>,
    /// Whether it knows everything.
    pub(crate) settled: bool,
    /// What it was told.
    pub(crate) beats: Vec<Beat>,
}

impl Truth {
    pub(crate) fn new() -> Self {
        Self {
            guilds: BTreeMap::new(),
            revs: HashMap::new(),
            user_revs: HashMap::new(),
            ended: HashSet::new(),
            epoch: 1,
            events: 0xE000,
            described: 0,
            trouble: HashMap::new(),
            directs: Vec::new(),
            presences: HashMap::new(),
            settled: true,
            beats: Vec::new(),
        }
    }

    /// A guild whose first member owns it, with everyone's role, one other role (1), and channels that all may view.
    pub(crate) fn found(&mut self, number: u8, members: &[u8], channels: u8) {
        let role = |it: u8| Role {
            id: role(number, it),
            guild_id: guild(number),
            name: format!("role {it}"),
            color: None,
            position: i32::from(it),
            permissions: if it == 0 {
                Permissions::DEFAULT_EVERYONE
            } else {
                Permissions::empty()
            },
            hoist: false,
            mentionable: false,
        };
        let mut truth = GuildTruth {
            number,
            owner: members[0],
            version: 1,
            rev: 1,
            told: (1, 0),
            roles: [(0, role(0)), (1, role(1))].into(),
            channels: BTreeMap::new(),
            members: BTreeMap::new(),
        };
        for it in 0..channels {
            truth.channels.insert(it, text_channel(number, it));
        }
        for it in members {
            truth.members.insert(*it, member(number, *it));
        }
        self.guilds.insert(number, truth);
    }

    fn of(&mut self, number: u8) -> &mut GuildTruth {
        self.guilds
            .get_mut(&number)
            .expect("the test has founded the guild")
    }

    fn event(
        &mut self,
        scope: Scope,
        kind: EventKind,
        (rev, seq, access_version): (i64, Option<i64>, Option<i64>),
        payload: impl FnOnce(EventId) -> Vec<u8>,
    ) -> StoredEvent {
        self.events += 1;
        let id: EventId = Uuid::from_u128(self.events).into();
        let head = EventHead {
            id,
            scope,
            kind,
            rev,
            seq,
            access_version,
            recipients: Vec::new(),
        };
        StoredEvent {
            head,
            payload: Bytes::from(payload(id)),
            traceparent: None,
        }
    }

    /// An event that changes access.
    fn access<T: Serialize>(
        &mut self,
        number: u8,
        scope: Scope,
        kind: EventKind,
        payload: impl FnOnce(EventId, i64) -> T,
    ) -> StoredEvent {
        let of = self.of(number);
        of.version += 1;
        of.rev += 1;
        let (version, rev) = (of.version, of.rev);
        self.event(scope, kind, (rev, None, Some(version)), |id| {
            json(&payload(id, rev))
        })
    }

    /// Who may view a channel now, among these; and the guild's present `access_version`.
    pub(crate) fn who_views(&mut self, number: u8, it: u8, among: &[u8]) -> (i64, Vec<u8>) {
        let of = self.of(number);
        let hidden = of.channels[&it].overwrites.iter();
        let hidden = hidden
            .into_iter()
            .any(|it| it.deny.contains(Permissions::VIEW_CHANNEL));
        let views = |who: &&u8| of.members.contains_key(who) && (!hidden || of.owner == **who);
        (of.version, among.iter().filter(views).copied().collect())
    }

    /// Somebody writes into a guild's channel.
    pub(crate) fn post(&mut self, number: u8, to: u8, content: &str) -> StoredEvent {
        let version = self.of(number).version;
        let scope = Scope::Channel(guild(number), channel(number, to));
        self.message(scope, channel(number, to), Some(version), content)
    }

    /// Somebody writes a direct message to these two.
    pub(crate) fn whisper(&mut self, people: [u8; 2], content: &str) -> StoredEvent {
        let to = channel(DIRECT, people[0] + people[1]);
        let mut event = self.message(Scope::Direct(to), to, None, content);
        event.head.recipients = people.map(user).to_vec();
        event
    }

    fn message(
        &mut self,
        scope: Scope,
        to: ChannelId,
        version: Option<i64>,
        content: &str,
    ) -> StoredEvent {
        let rev = self.revs.entry(to).or_default();
        *rev += 1;
        let rev = *rev;
        let guild_id = match scope {
            Scope::Channel(guild, _) => Some(guild),
            _ => None,
        };
        self.event(
            scope,
            EventKind::MessageCreate,
            (rev, Some(rev), version),
            |event_id| {
                let message = Message {
                    id: event_id.uuid().into(),
                    channel_id: to,
                    guild_id,
                    seq: rev,
                    kind: MessageKind::Text,
                    author: account(0),
                    content: content.to_owned(),
                    mentions: Vec::new(),
                    mention_roles: Vec::new(),
                    mention_everyone: false,
                    attachments: Vec::new(),
                    created_at: NOW,
                    edited_at: None,
                    deleted_at: None,
                    nonce: None,
                };
                json(&MessageChange {
                    event_id,
                    rev,
                    message,
                })
            },
        )
    }

    pub(crate) fn join(&mut self, number: u8, who: u8) -> StoredEvent {
        let member = member(number, who);
        self.of(number).members.insert(who, member.clone());
        let change = |event_id, rev| MemberChange {
            event_id,
            rev,
            member,
        };
        self.access(
            number,
            Scope::Guild(guild(number)),
            EventKind::GuildMemberAdd,
            change,
        )
    }

    pub(crate) fn remove(&mut self, number: u8, who: u8) -> StoredEvent {
        self.of(number).members.remove(&who);
        let change = |event_id, rev| MemberRemove {
            event_id,
            rev,
            guild_id: guild(number),
            user_id: user(who),
        };
        self.access(
            number,
            Scope::Guild(guild(number)),
            EventKind::GuildMemberRemove,
            change,
        )
    }

    /// Changes a member's roles and time-out.
    pub(crate) fn update_member(
        &mut self,
        number: u8,
        who: u8,
        change: impl FnOnce(&mut Member),
    ) -> StoredEvent {
        let member = self
            .of(number)
            .members
            .get_mut(&who)
            .expect("they are a member");
        change(member);
        let member = member.clone();
        let change = |event_id, rev| MemberChange {
            event_id,
            rev,
            member,
        };
        self.access(
            number,
            Scope::Guild(guild(number)),
            EventKind::GuildMemberUpdate,
            change,
        )
    }

    pub(crate) fn update_role(
        &mut self,
        number: u8,
        it: u8,
        permissions: Permissions,
    ) -> StoredEvent {
        let role = self
            .of(number)
            .roles
            .get_mut(&it)
            .expect("there is such a role");
        role.permissions = permissions;
        let role = role.clone();
        let change = |event_id, rev| RoleChange {
            event_id,
            rev,
            role,
        };
        self.access(
            number,
            Scope::Guild(guild(number)),
            EventKind::GuildRoleUpdate,
            change,
        )
    }

    pub(crate) fn create_channel(&mut self, number: u8, it: u8) -> StoredEvent {
        self.of(number)
            .channels
            .insert(it, text_channel(number, it));
        self.channel_event(number, it, EventKind::ChannelCreate)
    }

    /// Denies what everyone's role allows in a channel, or ends that.
    pub(crate) fn overwrite(&mut self, number: u8, it: u8, deny: Permissions) -> StoredEvent {
        let channel = self
            .of(number)
            .channels
            .get_mut(&it)
            .expect("there is such a channel");
        channel.overwrites = vec![Overwrite {
            id: role(number, 0).to_string(),
            kind: OverwriteKind::Role,
            allow: Permissions::empty(),
            deny,
        }];
        self.channel_event(number, it, EventKind::ChannelUpdate)
    }

    fn channel_event(&mut self, number: u8, it: u8, kind: EventKind) -> StoredEvent {
        let channel = self.of(number).channels[&it].clone();
        let scope = Scope::Channel(guild(number), channel.id);
        self.access(number, scope, kind, |event_id, rev| ChannelChange {
            event_id,
            rev,
            channel,
        })
    }

    pub(crate) fn delete_channel(&mut self, number: u8, it: u8) -> StoredEvent {
        self.of(number).channels.remove(&it);
        let (guild_id, channel_id) = (guild(number), channel(number, it));
        let change = |event_id, rev| ChannelDelete {
            event_id,
            rev,
            guild_id,
            channel_id,
        };
        self.access(
            number,
            Scope::Channel(guild_id, channel_id),
            EventKind::ChannelDelete,
            change,
        )
    }

    pub(crate) fn delete_guild(&mut self, number: u8) -> StoredEvent {
        let change = |event_id, rev| GuildDelete {
            event_id,
            rev,
            guild_id: guild(number),
        };
        let event = self.access(
            number,
            Scope::Guild(guild(number)),
            EventKind::GuildDelete,
            change,
        );
        self.guilds.remove(&number);
        event
    }

    fn own<T: Serialize>(
        &mut self,
        who: u8,
        kind: EventKind,
        payload: impl FnOnce(EventId, i64) -> T,
    ) -> StoredEvent {
        let rev = self.user_revs.entry(user(who)).or_default();
        *rev += 1;
        let rev = *rev;
        self.event(Scope::User(user(who)), kind, (rev, None, None), |id| {
            json(&payload(id, rev))
        })
    }

    /// Something that only this person's own devices learn of; `read_seq` tells one from another.
    pub(crate) fn read(&mut self, who: u8, read_seq: i64) -> StoredEvent {
        self.own(who, EventKind::ReadStateUpdate, |event_id, rev| {
            ReadStateUpdate {
                event_id,
                rev,
                read_state: ReadState {
                    channel_id: channel(DIRECT, 0),
                    read_seq,
                    mention_count: 0,
                },
            }
        })
    }

    /// Ends a log-in session. Nobody is told yet.
    pub(crate) fn log_out(&mut self, who: u8) -> StoredEvent {
        self.ended.insert(login(who));
        self.own(who, EventKind::SessionsRevoked, |_, _| SessionsRevoked {
            sessions: vec![login(who)],
        })
    }
}

fn member(number: u8, who: u8) -> Member {
    Member {
        guild_id: guild(number),
        user: account(who),
        nick: None,
        roles: Vec::new(),
        joined_at: NOW,
        timed_out_until: None,
    }
}

fn text_channel(number: u8, it: u8) -> Channel {
    Channel {
        id: channel(number, it),
        guild_id: Some(guild(number)),
        kind: ChannelKind::Text,
        name: format!("channel {it}"),
        topic: String::new(),
        position: i32::from(it),
        parent_id: None,
        user_limit: None,
        overwrites: Vec::new(),
        recipients: Vec::new(),
        last_seq: 0,
        last_message_id: None,
        created_at: NOW,
    }
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("these are plain values")
}
