use kith_types::UserId;

use crate::{StoreError, Work};

/// Puts a new password's hash in the place of the one that was checked. Whether that one was still there.
pub async fn change_password(
    work: &mut Work,
    user: UserId,
    checked_hash: &str,
    new_hash: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        user.uuid(),
        checked_hash,
        new_hash,
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
