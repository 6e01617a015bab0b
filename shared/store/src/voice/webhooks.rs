use kith_types::Timestamp;
use sqlx::PgConnection;

use crate::columns::moment;
use crate::{Store, StoreError};

/// Notes that something which the media server tells has been taken. False if it was before: it is a replay.
pub async fn note_webhook(
    connection: &mut PgConnection,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "INSERT INTO voice_webhooks (id, received_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        id,
        moment(now),
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

impl Store {
    /// As [`note_webhook`], for what changes nothing else.
    pub async fn note_voice_webhook(&self, id: &str) -> Result<bool, StoreError> {
        let mut connection = self.connection().await?;
        note_webhook(&mut connection, id, self.now()).await
    }

    /// Forgets what the media server told before `before`, at most `limit`; how many went.
    pub async fn purge_voice_webhooks(
        &self,
        before: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            r#"
            DELETE FROM voice_webhooks WHERE id IN (
                SELECT id FROM voice_webhooks WHERE received_at < $1 ORDER BY received_at LIMIT $2
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
