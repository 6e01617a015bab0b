use kith_types::{ChannelId, GuildId, UserId};

use crate::{StoreError, Work};

/// Takes from the guild's channels what they allow this user, who is no member any more or not yet one again. What they deny
/// them stays: nobody escapes it by leaving. The channels that changed.
pub async fn forget(
    work: &mut Work,
    guild: GuildId,
    user: UserId,
) -> Result<Vec<ChannelId>, StoreError> {
    let changed = sqlx::query_scalar!(
        r#"
        WITH own AS (
            SELECT overwrites.channel_id, overwrites.deny FROM channels
            JOIN overwrites ON overwrites.channel_id = channels.id AND overwrites.target_id = $2
            WHERE channels.guild_id = $1 AND overwrites.target_kind = 1 AND overwrites.allow <> 0
        ), emptied AS (
            DELETE FROM overwrites USING own
            WHERE overwrites.channel_id = own.channel_id AND overwrites.target_id = $2 AND own.deny = 0
        ), narrowed AS (
            UPDATE overwrites SET allow = 0 FROM own
            WHERE overwrites.channel_id = own.channel_id AND overwrites.target_id = $2 AND own.deny <> 0
        )
        SELECT own.channel_id FROM own
        "#,
        guild.uuid(),
        user.uuid(),
    )
    .fetch_all(work.tx())
    .await?;
    Ok(changed.into_iter().map(ChannelId::from).collect())
}
