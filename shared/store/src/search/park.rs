use kith_types::{MessageId, Timestamp};

use crate::columns::moment;
use crate::{Store, StoreError};

/// Notes that a message cannot be indexed, for somebody to look at.
pub async fn park(
    store: &Store,
    message: MessageId,
    problem: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        INSERT INTO search_parked (message_id, problem, parked_at) VALUES ($1, $2, $3)
        ON CONFLICT (message_id) DO UPDATE SET problem = excluded.problem, parked_at = excluded.parked_at
        "#,
        message.uuid(),
        problem,
        moment(at),
    )
    .execute(store.pool())
    .await?;
    Ok(())
}

/// How many messages cannot be indexed.
pub async fn parked(store: &Store) -> Result<u64, StoreError> {
    let count = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM search_parked"#)
        .fetch_one(store.pool())
        .await?;
    Ok(count as u64)
}
