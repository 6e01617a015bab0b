use kith_types::UserId;

use crate::columns::moment;
use crate::{StoreError, Work};

/// Notes that a user has blocked another. Whether they had not before.
pub async fn put(work: &mut Work, user: UserId, blocked: UserId) -> Result<bool, StoreError> {
    let at = moment(work.now());
    let done = sqlx::query!(
        r#"
        INSERT INTO blocks (user_id, blocked_id, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, blocked_id) DO NOTHING
        "#,
        user.uuid(),
        blocked.uuid(),
        at,
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
