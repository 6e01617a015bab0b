use kith_types::{SessionId, Timestamp, UserId};
use kith_wire::Session;

use crate::columns::moment;
use crate::{Store, StoreError};

/// A user's live sessions, the last used first, at most `limit`. `current` is the one that asks.
pub async fn list_sessions(
    store: &Store,
    user: UserId,
    current: SessionId,
    at: Timestamp,
    limit: i64,
) -> Result<Vec<Session>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT id, user_agent, created_at, last_used_at
        FROM sessions
        WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
        ORDER BY last_used_at DESC, id DESC
        LIMIT $3
        "#,
        user.uuid(),
        moment(at),
        limit,
    )
    .fetch_all(store.pool())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Session {
            id: row.id.into(),
            current: row.id == current.uuid(),
            user_agent: row.user_agent,
            created_at: row.created_at.into(),
            last_used_at: row.last_used_at.into(),
        })
        .collect())
}
