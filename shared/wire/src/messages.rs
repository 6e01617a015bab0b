use std::borrow::Cow;

use kith_types::{
    ChannelId, FileId, GuildId, MessageId, MessageText, Nonce, RoleId, TextError, Timestamp, UserId,
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{Attachment, User};

/// What kind of entry of a conversation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Somebody wrote it.
    Text,
}

/// One message. `seq` is its place in the channel: contiguous, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    pub id: MessageId,
    pub channel_id: ChannelId,
    pub guild_id: Option<GuildId>,
    pub seq: i64,
    pub kind: MessageKind,
    pub author: User,
    /// Empty once deleted.
    pub content: String,
    pub mentions: Vec<UserId>,
    pub mention_roles: Vec<RoleId>,
    pub mention_everyone: bool,
    /// In the order in which its author put them; none once it is deleted.
    #[serde(default)]
    #[schema(required = true)]
    pub attachments: Vec<Attachment>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    /// A tombstone's time: what was said is gone, its place stays.
    pub deleted_at: Option<Timestamp>,
    /// As the author's client sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateMessage {
    /// May be left out, or null, where there are attachments.
    #[serde(default)]
    pub content: Option<MessageText>,
    /// Files that were sent to this channel before (`POST /channels/{channel}/attachments`), at most 10, in the order in
    /// which they are to be shown. Each belongs to one message.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub attachment_ids: Vec<FileId>,
    /// The same nonce with the same content gives the first message again.
    #[serde(default)]
    pub nonce: Option<Nonce>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditMessage {
    /// Empty, or null: the text beside the message's files is taken away. A message without any keeps at least a word.
    #[serde(deserialize_with = "maybe_empty")]
    #[schema(value_type = Option<String>, max_length = 4000, required = true)]
    pub content: Option<MessageText>,
}

/// A text, of which nothing may be left.
fn maybe_empty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<MessageText>, D::Error> {
    let text = Option::<Cow<str>>::deserialize(deserializer)?;
    match MessageText::parse(text.as_deref().unwrap_or_default()) {
        Ok(text) => Ok(Some(text)),
        Err(TextError::Blank) => Ok(None),
        Err(error) => Err(serde::de::Error::custom(error)),
    }
}
