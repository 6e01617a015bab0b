use kith_policy::{Granted, ManageChannel};
use kith_types::ChannelId;

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// Marks the channel as gone; what stood under it moves to the top level.
pub async fn delete(
    work: &mut Work,
    granted: &Granted<ManageChannel>,
    channel: ChannelId,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    sqlx::query!(
        r#"
        WITH children AS (
            UPDATE channels SET parent_id = NULL WHERE guild_id = $1 AND parent_id = $2
        )
        UPDATE channels SET deleted_at = $3 WHERE guild_id = $1 AND id = $2 AND deleted_at IS NULL
        "#,
        guild.uuid(),
        channel.uuid(),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
