use kith_policy::{Granted, ManageChannels};
use kith_types::ChannelId;
use kith_wire::Channel;

use crate::columns::{channel_kind_column, moment};
use crate::guilds::checked;
use crate::overwrites;
use crate::{StoreError, Work};

/// Writes a new channel of the guild, with its overwrites.
pub async fn create(
    work: &mut Work,
    granted: &Granted<ManageChannels>,
    channel: &Channel,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    sqlx::query!(
        r#"
        INSERT INTO channels (id, guild_id, kind, name, topic, position, parent_id, created_at, user_limit)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        channel.id.uuid(),
        guild.uuid(),
        channel_kind_column(channel.kind),
        channel.name,
        channel.topic,
        channel.position,
        channel.parent_id.map(ChannelId::uuid),
        moment(channel.created_at),
        channel.user_limit,
    )
    .execute(work.tx())
    .await?;
    if let Some(parent) = channel.parent_id.filter(|_| !channel.overwrites.is_empty()) {
        overwrites::copy(work.tx(), parent, channel.id).await?;
    }
    Ok(())
}
