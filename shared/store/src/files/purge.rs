use kith_types::{FileId, Timestamp, UserId};
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

    /// The images of an account whose turn is next: those that have waited longest, at most `limit`.
    pub async fn next_files_of(
        &self,
        account: UserId,
        limit: i64,
    ) -> Result<Vec<FileId>, StoreError> {
        let rows = sqlx::query_scalar!(
            "SELECT id FROM files WHERE uploader_id = $1 AND state = 1 ORDER BY created_at, id LIMIT $2",
            account.uuid(),
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(FileId::from).collect())
    }

    /// Of every account with images that have waited since before `before`, those whose turn is next: at most `each` of one
    /// account, and `limit` in all.
    pub async fn waiting_files(
        &self,
        before: Timestamp,
        each: i64,
        limit: i64,
    ) -> Result<Vec<FileId>, StoreError> {
        let rows = sqlx::query_scalar!(
            r#"
            SELECT id AS "id!" FROM (
                SELECT id, created_at, row_number() OVER (PARTITION BY uploader_id ORDER BY created_at, id) AS turn
                FROM files WHERE state = 1) AS waiting
            WHERE turn <= $2 AND created_at < $1 ORDER BY created_at LIMIT $3
            "#,
            moment(before),
            each,
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(FileId::from).collect())
    }
}
