use kith_policy::{Granted, ManageChannel};
use kith_types::ChannelId;
use kith_wire::Channel;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Writes a channel's name, topic, category and user limit.
pub async fn update(
    work: &mut Work,
    granted: &Granted<ManageChannel>,
    channel: &Channel,
) -> Result<(), StoreError> {
    checked(work, granted)?;
    sqlx::query!(
        "UPDATE channels SET name = $2, topic = $3, parent_id = $4, user_limit = $5 WHERE id = $1",
        channel.id.uuid(),
        channel.name,
        channel.topic,
        channel.parent_id.map(ChannelId::uuid),
        channel.user_limit,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
