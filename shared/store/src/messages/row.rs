use kith_types::{FileId, GuildId, RoleId, UserId};
use kith_wire::{Attachment, FileStatus, Message, MessageKind};
use serde::Deserialize;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::StoreError;
use crate::columns::user;

/// An attachment as the database's function `attachment` gives it.
#[derive(Debug, Deserialize)]
pub(crate) struct AttachmentRow {
    id: Uuid,
    filename: String,
    content_type: String,
    size: i64,
    ready: bool,
    width: Option<i32>,
    height: Option<i32>,
    thumbhash: Option<String>,
}

impl From<AttachmentRow> for Attachment {
    fn from(row: AttachmentRow) -> Self {
        Self {
            id: FileId::from(row.id),
            filename: row.filename,
            content_type: row.content_type,
            size: row.size,
            status: if row.ready {
                FileStatus::Ready
            } else {
                FileStatus::Processing
            },
            width: row.width,
            height: row.height,
            thumbhash: row.thumbhash,
        }
    }
}

/// Attachments as a column.
pub(crate) type AttachmentsColumn = Json<Vec<AttachmentRow>>;

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
    pub(super) attachments: AttachmentsColumn,
    pub(super) created_at: OffsetDateTime,
    pub(super) edited_at: Option<OffsetDateTime>,
    pub(super) deleted_at: Option<OffsetDateTime>,
    pub(super) author_id: Uuid,
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) user_kind: i16,
    pub(super) home: String,
    pub(super) avatar_id: Option<Uuid>,
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
                self.avatar_id,
            )?,
            content: self.body.unwrap_or_default(),
            mentions: self.mentions.into_iter().map(UserId::from).collect(),
            mention_roles: self.mention_roles.into_iter().map(RoleId::from).collect(),
            mention_everyone: self.mention_everyone,
            attachments: self
                .attachments
                .0
                .into_iter()
                .map(Attachment::from)
                .collect(),
            created_at: self.created_at.into(),
            edited_at: self.edited_at.map(Into::into),
            deleted_at: self.deleted_at.map(Into::into),
            nonce: None,
        })
    }
}
