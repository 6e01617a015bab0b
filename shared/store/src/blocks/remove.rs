use kith_types::UserId;

use crate::{StoreError, Work};

/// Ends a block. Whether there was one.
pub async fn remove(work: &mut Work, user: UserId, blocked: UserId) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2",
        user.uuid(),
        blocked.uuid(),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
