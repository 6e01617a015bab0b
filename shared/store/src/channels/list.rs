use kith_types::{ChannelId, GuildId};
use kith_wire::Channel;
use sqlx::PgConnection;

use super::row::{ChannelRow, complete};
use crate::StoreError;

/// The guild's channels from the top, with their overwrites.
pub async fn list(
    connection: &mut PgConnection,
    guild: GuildId,
) -> Result<Vec<Channel>, StoreError> {
    let rows = sqlx::query_as!(
        ChannelRow,
        r#"
        SELECT id, guild_id, kind, name, topic, position, parent_id, user_limit, last_seq, last_message_id, created_at
        FROM channels WHERE guild_id = $1 AND deleted_at IS NULL
        ORDER BY position, id LIMIT $2
        "#,
        guild.uuid(),
        super::MAX_PER_GUILD,
    )
    .fetch_all(&mut *connection)
    .await?;
    complete(connection, rows).await
}

/// The guild's channel with its overwrites, unless it is gone.
pub async fn find(
    connection: &mut PgConnection,
    guild: GuildId,
    channel: ChannelId,
) -> Result<Option<Channel>, StoreError> {
    let row = sqlx::query_as!(
        ChannelRow,
        r#"
        SELECT id, guild_id, kind, name, topic, position, parent_id, user_limit, last_seq, last_message_id, created_at
        FROM channels WHERE id = $1 AND guild_id = $2 AND deleted_at IS NULL
        "#,
        channel.uuid(),
        guild.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await?;
    Ok(complete(connection, Vec::from_iter(row)).await?.pop())
}

/// Those of these channels that are or were the guild's, with the overwrites that they have or had last.
pub async fn find_any(
    connection: &mut PgConnection,
    guild: GuildId,
    channels: &[ChannelId],
) -> Result<Vec<Channel>, StoreError> {
    let ids: Vec<_> = channels.iter().copied().map(ChannelId::uuid).collect();
    let rows = sqlx::query_as!(
        ChannelRow,
        r#"
        SELECT id, guild_id, kind, name, topic, position, parent_id, user_limit, last_seq, last_message_id, created_at
        FROM channels WHERE guild_id = $1 AND id = ANY ($2) LIMIT $3
        "#,
        guild.uuid(),
        &ids,
        ids.len() as i64,
    )
    .fetch_all(&mut *connection)
    .await?;
    complete(connection, rows).await
}
