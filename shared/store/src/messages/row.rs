use kith_types::{GuildId, RoleId, UserId};
use kith_wire::{Message, MessageKind};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::StoreError;
use crate::columns::user;

/// A message with its author, as every statement about messages reads it.
pub(super) struct MessageRow {
    pub(super) id: Uuid,
    pub(super) channel_id: Uuid,
    pub(super) seq: i64,
    pub(super) kind: i16,
    pub(super) body: Option<String>,
    pub(super) mentions: Vec<Uuid>,
    pub(super) mention_roles: Vec<Uuid>,
    pub(super) mention_everyone: bool,
    pub(super) created_at: OffsetDateTime,
    pub(super) edited_at: Option<OffsetDateTime>,
    pub(super) deleted_at: Option<OffsetDateTime>,
    pub(super) author_id: Uuid,
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) user_kind: i16,
    pub(super) home: String,
}

impl MessageRow {
    pub(super) fn into_message(self, guild: Option<GuildId>) -> Result<Message, StoreError> {
        let kind = match self.kind {
            0 => MessageKind::Text,
            _ => return Err(StoreError::Corrupt("messages.kind")),
        };
        Ok(Message {
            id: self.id.into(),
            channel_id: self.channel_id.into(),
            guild_id: guild,
            seq: self.seq,
            kind,
            author: user(
                self.author_id,
                self.username,
                self.display_name,
                self.user_kind,
                self.home,
            )?,
            content: self.body.unwrap_or_default(),
            mentions: self.mentions.into_iter().map(UserId::from).collect(),
            mention_roles: self.mention_roles.into_iter().map(RoleId::from).collect(),
            mention_everyone: self.mention_everyone,
            created_at: self.created_at.into(),
            edited_at: self.edited_at.map(Into::into),
            deleted_at: self.deleted_at.map(Into::into),
            nonce: None,
        })
    }
}
