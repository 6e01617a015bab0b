use kith_types::Timestamp;

use crate::columns::moment;
use crate::{Store, StoreError};

impl Store {
    /// Forgets events that were settled before `before`, at most `limit`; how many went. The newest stays: its sequence
    /// tells whether the stream has lost something.
    pub async fn purge_settled(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            r#"
            DELETE FROM outbox WHERE (aggregate_id, rev) IN (
                SELECT aggregate_id, rev FROM outbox
                WHERE stream_seq IS NOT NULL AND settled_at < $1
                    AND stream_seq < (SELECT max(stream_seq) FROM outbox WHERE stream_seq IS NOT NULL)
                ORDER BY stream_seq LIMIT $2
            )
            "#,
            moment(before),
            limit,
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected())
    }

    /// Forgets nonces of posts before `before`, at most `limit`; how many went.
    pub async fn purge_nonces(&self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            r#"
            DELETE FROM message_nonces WHERE (author_id, channel_id, nonce) IN (
                SELECT author_id, channel_id, nonce FROM message_nonces WHERE created_at < $1 ORDER BY created_at LIMIT $2
            )
            "#,
            moment(before),
            limit,
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected())
    }
}
