use std::collections::BTreeMap;

use kith_types::{ChannelId, EventId, GuildId, MessageId, Permissions, RoleId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{Channel, Guild, Member, Message, PresenceSettings, ReadState, Role, User, VoiceState};

/// What a gateway frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Op {
    Hello,
    Identify,
    Dispatch,
    Heartbeat,
    HeartbeatAck,
    Resume,
    Resumed,
    InvalidSession,
    Reconnect,
    Presence,
    RequestMembers,
}

/// A frame from the server: `{op, t, s, d}`. `s` is the stream's sequence and means: all that you may see up to
/// here was sent. It never goes back.
#[derive(Debug, Serialize)]
pub struct ServerFrame<'a, D: Serialize> {
    pub op: Op,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s: Option<u64>,
    pub d: D,
}

/// A frame from the client, its `d` still to be read as what `op` says.
#[derive(Debug, Deserialize)]
pub struct ClientFrame<'a> {
    pub op: Op,
    #[serde(default, borrow)]
    pub d: Option<&'a RawValue>,
}

/// `HELLO`, the first frame of a connection.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Hello {
    /// Milliseconds between two heartbeats of the client.
    pub heartbeat_interval: u64,
}

/// `IDENTIFY`: the access token of a log-in session.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Identify {
    pub token: String,
}

/// `RESUME`: goes on where a connection broke off, on any gateway.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct Resume {
    pub token: String,
    /// From `READY`.
    pub session_id: String,
    /// The last `s` that was received.
    pub s: u64,
    /// Guilds that are unavailable as far as the client knows: a `GUILD_CREATE` tells of each that is not any more.
    #[serde(default)]
    pub unavailable: Vec<GuildId>,
}

/// `HEARTBEAT`: the last `s` that was received.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Heartbeat {
    #[serde(default)]
    pub s: Option<u64>,
}

/// `INVALID_SESSION`: identify anew (or, if `resumable`, resume again later).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InvalidSession {
    pub resumable: bool,
}

/// Why the gateway closes a connection. The numbers have Discord's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// Something went wrong; resume.
    UnknownError = 4000,
    UnknownOpcode = 4001,
    /// The frame is not what its `op` says.
    DecodeError = 4002,
    NotAuthenticated = 4003,
    /// The token is not valid, or the session was ended; do not try again with it.
    AuthenticationFailed = 4004,
    AlreadyAuthenticated = 4005,
    /// `s` is not from this stream; identify anew.
    InvalidSeq = 4007,
    /// Too many frames from the client.
    RateLimited = 4008,
    /// No heartbeat came, or the client does not read; resume.
    SessionTimedOut = 4009,
}

macro_rules! dispatches {
    ($($(#[doc = $doc:literal])* $name:ident,)+) => {
        /// The `t` of a dispatch.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, strum::EnumIter, strum::IntoStaticStr, strum::EnumString)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        #[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
        pub enum DispatchKind {
            $($(#[doc = $doc])* $name,)+
        }
    };
}

dispatches! {
    /// [`Ready`]
    Ready,
    /// [`GuildSnapshot`]: a guild as you see it, after `READY` and after you joined.
    GuildCreate,
    /// [`GuildSnapshot`]: what you may see has changed; replace the guild and read its open history again.
    GuildSync,
    /// [`GuildChange`]
    GuildUpdate,
    /// [`GuildDelete`]: the guild is gone, or you are no longer in it. Or [`GuildAway`]: it cannot be shown now.
    GuildDelete,
    /// [`PermissionsUpdate`]
    PermissionsUpdate,
    /// [`ChannelChange`]
    ChannelCreate,
    /// [`ChannelChange`]
    ChannelUpdate,
    /// [`ChannelDelete`]
    ChannelDelete,
    /// [`RoleChange`]
    GuildRoleCreate,
    /// [`RoleChange`]
    GuildRoleUpdate,
    /// [`RoleDelete`]
    GuildRoleDelete,
    /// [`MemberChange`]
    GuildMemberAdd,
    /// [`MemberChange`]
    GuildMemberUpdate,
    /// [`MemberRemove`]
    GuildMemberRemove,
    /// [`MessageChange`]
    MessageCreate,
    /// [`MessageChange`]
    MessageUpdate,
    /// [`MessageDelete`]
    MessageDelete,
    /// [`ReadStateUpdate`]
    ReadStateUpdate,
    /// [`UserChange`]
    UserUpdate,
    /// [`BlockChange`]
    BlockAdd,
    /// [`BlockChange`]
    BlockRemove,
    /// [`VoiceStateChange`]
    VoiceStateUpdate,
    /// [`TypingStart`]
    TypingStart,
    /// [`PresenceSettingsChange`]
    PresenceSettingsUpdate,
    /// [`crate::Presence`]
    PresenceUpdate,
    /// [`crate::GuildMembers`]
    GuildMembers,
    /// [`crate::RequestFailed`]
    RequestFailed,
}

/// A guild that a `GUILD_CREATE` follows for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GuildStub {
    pub id: GuildId,
}

/// `READY`: who you are and where you are.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Ready {
    /// For `RESUME`.
    pub session_id: String,
    pub user: User,
    pub guilds: Vec<GuildStub>,
    pub direct_channels: Vec<Channel>,
    /// Of the direct messages; a guild's come with its `GUILD_CREATE`.
    pub read_states: Vec<ReadState>,
    /// Whom you have blocked.
    pub blocks: Vec<UserId>,
    /// How you want to be seen.
    pub presence: PresenceSettings,
}

/// A viewer's own rights in a guild and in each channel that they may view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuildPermissions {
    pub guild: Permissions,
    pub channels: BTreeMap<ChannelId, Permissions>,
}

/// A guild as one viewer sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GuildSnapshot {
    pub guild: Guild,
    pub access_version: i64,
    /// The guild's `rev` that the snapshot contains.
    pub rev: i64,
    pub roles: Vec<Role>,
    /// Only those that the viewer may view.
    pub channels: Vec<Channel>,
    /// The viewer as a member.
    pub member: Member,
    pub member_count: i64,
    pub permissions: GuildPermissions,
    pub read_states: Vec<ReadState>,
    /// Who is in the voice channels that the viewer may view.
    #[serde(default)]
    pub voice_states: Vec<VoiceState>,
}

/// A guild cannot be shown now. A `GUILD_CREATE` comes when it can, without another question.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GuildAway {
    pub guild_id: GuildId,
    /// False: it has turned out that you are not in it any more.
    pub unavailable: bool,
}

/// Your own rights have changed; what you may view has not.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PermissionsUpdate {
    pub guild_id: GuildId,
    pub access_version: i64,
    pub permissions: GuildPermissions,
}

macro_rules! durable {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)+ })+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
        pub struct $name {
            /// The same event may come twice; it has the same id then.
            pub event_id: EventId,
            /// Contiguous per aggregate: the channel's for messages, else the guild's or the user's.
            pub rev: i64,
            $($(#[$attribute])* pub $field: $type,)+
        }
    )+};
}

durable! {
    /// A message was posted or edited.
    MessageChange { message: Message, }
    /// A message's content is gone; its tombstone stays.
    MessageDelete { guild_id: Option<GuildId>, channel_id: ChannelId, message_id: MessageId, seq: i64, deleted_at: Timestamp, }
    /// A channel came or changed.
    ChannelChange { channel: Channel, }
    /// A channel is gone.
    ChannelDelete { guild_id: GuildId, channel_id: ChannelId, }
    /// A guild's own fields changed.
    GuildChange { guild: Guild, }
    /// A guild is gone for you.
    GuildDelete { guild_id: GuildId, }
    /// A role came or changed.
    RoleChange { role: Role, }
    /// A role is gone.
    RoleDelete { guild_id: GuildId, role_id: RoleId, }
    /// A member came or changed.
    MemberChange { member: Member, }
    /// A member left or was sent away.
    MemberRemove { guild_id: GuildId, user_id: UserId, }
    /// Somebody came into a voice channel, left it, or changed there. Whoever goes from one channel to another first leaves
    /// the one: only who may view both learns of both.
    VoiceStateChange {
        guild_id: GuildId, channel_id: ChannelId, user_id: UserId,
        /// None: they are not in this channel any more.
        voice_state: Option<VoiceState>,
    }
    /// Your own read state changed, on whichever device.
    ReadStateUpdate { read_state: ReadState, }
    /// Your own account changed, or that of somebody with whom you have a direct message.
    UserChange { user: User, }
    /// You blocked somebody, or ended it.
    BlockChange { user_id: UserId, }
    /// You want to be seen otherwise, said on whichever device.
    PresenceSettingsChange { presence: PresenceSettings, }
}

/// Somebody is typing; true for ten seconds unless repeated. Not durable: no `s`, never replayed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TypingStart {
    pub guild_id: Option<GuildId>,
    pub channel_id: ChannelId,
    pub user_id: UserId,
}
