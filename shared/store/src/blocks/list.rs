use kith_types::UserId;
use kith_wire::Block;

use crate::columns::user;
use crate::{Store, StoreError, Work};

/// Whom a user has blocked, the latest first, at most `limit`.
pub async fn list(store: &Store, blocker: UserId, limit: i64) -> Result<Vec<Block>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT users.id, users.username, users.display_name, users.kind, users.avatar_id, blocks.created_at,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM blocks JOIN users ON users.id = blocks.blocked_id
        WHERE blocks.user_id = $1
        ORDER BY blocks.created_at DESC, users.id DESC
        LIMIT $2
        "#,
        blocker.uuid(),
        limit,
    )
    .fetch_all(store.pool())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Block {
                user: user(
                    row.id,
                    row.username,
                    row.display_name,
                    row.kind,
                    row.home,
                    row.avatar_id,
                )?,
                created_at: row.created_at.into(),
            })
        })
        .collect()
}

/// How many a user has blocked.
pub async fn count(work: &mut Work, user: UserId) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM blocks WHERE user_id = $1"#,
        user.uuid(),
    )
    .fetch_one(work.tx())
    .await?;
    Ok(count)
}
