use kith_policy::{AttachFiles, Granted};
use kith_types::{FileId, FileName, UserId};

use super::storage::{StorageBounds, StorageFull, check};
use crate::columns::moment;
use crate::{Store, StoreError};

/// How long a file may take to be sent and attached. Then it is removed.
const UNUSED_SECONDS: i64 = 24 * 3600;

impl Store {
    /// Notes that an attachment of so many bytes is about to be sent, for a message in this channel, if there is room for it.
    pub async fn begin_attachment(
        &self,
        granted: &Granted<AttachFiles>,
        name: &FileName,
        size: i64,
        bounds: StorageBounds,
    ) -> Result<Result<FileId, StorageFull>, StoreError> {
        let channel = granted.channel().ok_or(StoreError::Gone)?;
        let id: FileId = self.mint()?;
        let now = self.now();
        let mut transaction = self.pool().begin().await?;
        sqlx::query!(
            "INSERT INTO files (id, purpose, uploader_id, channel_id, filename, size, created_at, purge_at) \
             VALUES ($1, 0, $2, $3, $4, $5, $6, $7)",
            id.uuid(),
            granted.user().uuid(),
            channel.uuid(),
            name.as_str(),
            size,
            moment(now),
            moment(now.plus_seconds(UNUSED_SECONDS)),
        )
        .execute(&mut *transaction)
        .await?;
        if let Some(full) = check(&mut transaction, granted.user(), size, bounds).await? {
            transaction.rollback().await?;
            return Ok(Err(full));
        }
        transaction.commit().await?;
        Ok(Ok(id))
    }

    /// Notes that a file that is being sent has so many bytes more than was known, if there is room for them.
    pub async fn grow_file(
        &self,
        file: FileId,
        more: i64,
        bounds: StorageBounds,
    ) -> Result<Result<(), StorageFull>, StoreError> {
        let mut transaction = self.pool().begin().await?;
        let uploader = sqlx::query_scalar!(
            "UPDATE files SET size = size + $2 WHERE id = $1 AND state = 0 RETURNING uploader_id",
            file.uuid(),
            more,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let uploader = UserId::from(uploader.ok_or(StoreError::Gone)?);
        if let Some(full) = check(&mut transaction, uploader, more, bounds).await? {
            transaction.rollback().await?;
            return Ok(Err(full));
        }
        transaction.commit().await?;
        Ok(Ok(()))
    }
}
