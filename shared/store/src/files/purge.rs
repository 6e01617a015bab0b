use kith_types::{FileId, Timestamp};
use uuid::Uuid;

use crate::columns::moment;
use crate::{Store, StoreError};

impl Store {
    /// Marks the attachments of channels and guilds that are gone, at most `limit`. How many.
    pub async fn mark_orphaned_files(&self, limit: i64) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            r#"
            UPDATE files SET state = 3, purge_at = $1 WHERE id IN (
                SELECT files.id FROM channels LEFT JOIN guilds ON guilds.id = channels.guild_id
                    JOIN files ON files.channel_id = channels.id AND files.purge_at IS NULL
                WHERE channels.deleted_at IS NOT NULL OR guilds.deleted_at IS NOT NULL
                LIMIT $2)
            "#,
            moment(self.now()),
            limit,
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected())
    }

    /// Files whose time is over at `now`, at most `limit`. From now on nobody can attach or fetch them.
    pub async fn expire_files(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<FileId>, StoreError> {
        let rows = sqlx::query_scalar!(
            r#"
            UPDATE files SET state = 3 WHERE id IN (
                SELECT id FROM files WHERE purge_at <= $1 ORDER BY purge_at LIMIT $2 FOR UPDATE SKIP LOCKED)
                AND purge_at <= $1
            RETURNING id
            "#,
            moment(now),
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(FileId::from).collect())
    }

    /// Forgets files whose objects are removed.
    pub async fn forget_files(&self, files: &[FileId]) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = files.iter().map(|file| file.uuid()).collect();
        sqlx::query!("DELETE FROM files WHERE id = ANY($1) AND state = 3", &ids)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Images that have waited since before `before`, the oldest first, at most `limit`.
    pub async fn waiting_files(
        &self,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<FileId>, StoreError> {
        let rows = sqlx::query_scalar!(
            "SELECT id FROM files WHERE state = 1 AND created_at < $1 ORDER BY created_at LIMIT $2",
            moment(before),
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(FileId::from).collect())
    }
}
