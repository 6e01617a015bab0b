use kith_types::Timestamp;

use crate::columns::moment;
use crate::{Store, StoreError};

/// Uses up a nonce of an instance. False if it was used before: of two uses at once, one is the first.
pub async fn use_nonce(
    store: &Store,
    instance: i32,
    nonce: &str,
    expires: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        r#"
        INSERT INTO federation_nonces (instance_id, nonce, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        "#,
        instance,
        nonce,
        moment(expires),
    )
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes nonces that expired before `before`, at most `limit`. How many went.
pub async fn purge_nonces(store: &Store, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        r#"
        DELETE FROM federation_nonces WHERE (instance_id, nonce) IN (
            SELECT instance_id, nonce FROM federation_nonces WHERE expires_at < $1 LIMIT $2
        )
        "#,
        moment(before),
        limit,
    )
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected())
}
