use kith_policy::{Granted, ManageOverwrites, OverwriteTarget};
use kith_types::ChannelId;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Removes a channel's overwrite for its target.
pub async fn delete(
    work: &mut Work,
    granted: &Granted<ManageOverwrites>,
    channel: ChannelId,
    target: OverwriteTarget,
) -> Result<(), StoreError> {
    checked(work, granted)?;
    let target = match target {
        OverwriteTarget::Role(role) => role.uuid(),
        OverwriteTarget::Member(user) => user.uuid(),
    };
    sqlx::query!(
        "DELETE FROM overwrites WHERE channel_id = $1 AND target_id = $2",
        channel.uuid(),
        target,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
