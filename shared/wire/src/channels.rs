use kith_types::{
    ChannelId, ChannelName, GuildId, MessageId, Permissions, Timestamp, Topic, UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::User;

/// What kind of place a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    Text,
    Direct,
    /// A heading above other channels.
    Category,
    /// A place where people talk.
    Voice,
}

/// Whether an overwrite is for a role or a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverwriteKind {
    Role,
    Member,
}

/// A channel's exception from the guild's permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Overwrite {
    /// A role's or a user's id.
    pub id: String,
    pub kind: OverwriteKind,
    pub allow: Permissions,
    pub deny: Permissions,
}

/// A place where messages stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Channel {
    pub id: ChannelId,
    /// None for a direct message.
    pub guild_id: Option<GuildId>,
    pub kind: ChannelKind,
    /// Empty for a direct message.
    pub name: String,
    pub topic: String,
    /// Ascending from the top; ties are broken by id.
    pub position: i32,
    /// The category that it stands under.
    pub parent_id: Option<ChannelId>,
    /// How many may be in a voice channel at once; none: as many as want to.
    #[serde(default)]
    pub user_limit: Option<i32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overwrites: Vec<Overwrite>,
    /// The two people of a direct message, as the asker's own and the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<User>,
    /// The `seq` of the newest message, 0 if there is none; in a dispatch it may lag behind.
    pub last_seq: i64,
    pub last_message_id: Option<MessageId>,
    pub created_at: Timestamp,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateChannel {
    pub name: ChannelName,
    /// `text` if left out; `direct` is not possible.
    #[serde(default)]
    pub kind: Option<ChannelKind>,
    #[serde(default)]
    pub topic: Option<Topic>,
    #[serde(default)]
    pub parent_id: Option<ChannelId>,
    /// Only of a voice channel, 1 to 99.
    #[serde(default)]
    pub user_limit: Option<i32>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateChannel {
    #[serde(default)]
    pub name: Option<ChannelName>,
    #[serde(default)]
    pub topic: Option<Topic>,
    #[serde(default, deserialize_with = "crate::double_option")]
    #[schema(value_type = Option<ChannelId>)]
    pub parent_id: Option<Option<ChannelId>>,
    /// Only of a voice channel, 1 to 99; null: no limit.
    #[serde(default, deserialize_with = "crate::double_option")]
    #[schema(value_type = Option<i32>)]
    pub user_limit: Option<Option<i32>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelPosition {
    pub id: ChannelId,
    pub position: i32,
}

/// New places for some channels of a guild, all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReorderChannels {
    pub channels: Vec<ChannelPosition>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutOverwrite {
    pub kind: OverwriteKind,
    #[serde(default)]
    pub allow: Permissions,
    #[serde(default)]
    pub deny: Permissions,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenDirect {
    pub recipient_id: UserId,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Everything up to this message was seen. Going back marks as unread.
    pub seq: i64,
}

/// How far somebody has read a channel. Unread = the channel's `last_seq` − `read_seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadState {
    pub channel_id: ChannelId,
    pub read_seq: i64,
    /// Unread messages that mention the reader, a role of theirs, or everyone.
    pub mention_count: i64,
}
