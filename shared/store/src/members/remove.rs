use kith_policy::{Granted, Right};
use kith_types::UserId;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Ends a membership. Whether there was one.
pub async fn remove<R: Right>(
    work: &mut Work,
    granted: &Granted<R>,
    user: UserId,
) -> Result<bool, StoreError> {
    let guild = checked(work, granted)?;
    let done = sqlx::query!(
        "DELETE FROM members WHERE guild_id = $1 AND user_id = $2",
        guild.uuid(),
        user.uuid(),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
