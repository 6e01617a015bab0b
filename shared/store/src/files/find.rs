use kith_types::{ChannelId, FileId, MessageId, UserId};

use super::FileState;
use crate::{Store, StoreError};

/// What a file is for, and so who may have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePlace {
    /// Part of a message, or of none yet: then it is its sender's alone.
    Attachment(ChannelId, Option<MessageId>),
}

/// A file as far as it concerns those who fetch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub id: FileId,
    pub place: FilePlace,
    pub uploader: UserId,
    pub filename: String,
    pub content_type: String,
    pub size: i64,
    pub sha256: Vec<u8>,
    /// Of an image that was worked on.
    pub has_thumbnail: bool,
    pub state: FileState,
}

impl Store {
    /// A file, if it has ever been complete and what showed it is still there.
    pub async fn file(&self, file: FileId) -> Result<Option<StoredFile>, StoreError> {
        let row = sqlx::query!(
            "SELECT id, uploader_id, channel_id, message_id, filename, content_type, size, sha256, thumbhash, state \
             FROM files WHERE id = $1 AND state IN (1, 2) AND purpose = 0",
            file.uuid(),
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let channel = row
            .channel_id
            .ok_or(StoreError::Corrupt("files.channel_id"))?;
        Ok(Some(StoredFile {
            id: row.id.into(),
            place: FilePlace::Attachment(channel.into(), row.message_id.map(Into::into)),
            uploader: row.uploader_id.into(),
            filename: row.filename,
            content_type: row.content_type,
            size: row.size,
            sha256: row.sha256.ok_or(StoreError::Corrupt("files.sha256"))?,
            has_thumbnail: row.thumbhash.is_some(),
            state: FileState::from_column(row.state)?,
        }))
    }
}
