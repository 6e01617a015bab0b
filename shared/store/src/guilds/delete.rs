use kith_policy::{Granted, OwnGuild};

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// Marks the guild as gone. What is in it stays until it is purged; nobody reaches it any more.
pub async fn delete(work: &mut Work, granted: &Granted<OwnGuild>) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    sqlx::query!(
        "UPDATE guilds SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL",
        guild.uuid(),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
