use kith_types::{Timestamp, UserId};

use crate::columns::moment;
use crate::{Store, StoreError, TokenHash};

/// Devices that are remembered of one account; then those that were used longest ago are forgotten.
const MOST: i64 = 20;

/// Remembers that somebody logged in from a device.
pub async fn remember_device(
    store: &Store,
    user: UserId,
    device: &TokenHash,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        WITH surplus AS (
            DELETE FROM devices WHERE user_id = $2 AND token_hash <> $1 AND token_hash IN (
                SELECT token_hash FROM devices WHERE user_id = $2 AND token_hash <> $1
                ORDER BY last_used_at DESC OFFSET $4 LIMIT 100
            )
        )
        INSERT INTO devices (token_hash, user_id, last_used_at) VALUES ($1, $2, $3)
        ON CONFLICT (token_hash, user_id) DO UPDATE SET last_used_at = excluded.last_used_at
        "#,
        &device.0,
        user.uuid(),
        moment(at),
        MOST - 1,
    )
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Forgets devices that were not used since `before`, at most `limit`. How many there were.
pub async fn purge_devices(
    store: &Store,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let gone = sqlx::query!(
        r#"
        DELETE FROM devices WHERE (token_hash, user_id) IN (
            SELECT token_hash, user_id FROM devices WHERE last_used_at < $1 LIMIT $2
        )
        "#,
        moment(before),
        limit,
    )
    .execute(store.pool())
    .await?;
    Ok(gone.rows_affected())
}
