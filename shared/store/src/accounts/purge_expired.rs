use kith_types::Timestamp;

use crate::columns::moment;
use crate::{Store, StoreError};

/// Deletes sessions and refresh tokens that expired before `before`, at most `limit` of each. How many rows went.
///
/// A used refresh token stays until it would have expired, and an ended session as long as one of its tokens: so
/// a stolen one is still recognised.
pub async fn purge_expired(
    store: &Store,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let before = moment(before);
    let sessions = sqlx::query!(
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)",
        before,
        limit,
    )
    .execute(store.pool())
    .await?;
    let tokens = sqlx::query!(
        "DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens WHERE expires_at < $1 LIMIT $2)",
        before,
        limit,
    )
    .execute(store.pool())
    .await?;
    Ok(sessions.rows_affected() + tokens.rows_affected())
}
