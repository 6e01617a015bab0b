use kith_policy::{BanMembers, Granted};
use kith_types::UserId;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Ends a ban. Whether there was one.
pub async fn remove(
    work: &mut Work,
    granted: &Granted<BanMembers>,
    user: UserId,
) -> Result<bool, StoreError> {
    let guild = checked(work, granted)?;
    let done = sqlx::query!(
        "DELETE FROM bans WHERE guild_id = $1 AND user_id = $2",
        guild.uuid(),
        user.uuid(),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
