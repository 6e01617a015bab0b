use kith_types::{ChannelId, GuildId};

use super::lock;
use crate::{Store, StoreError};

/// So many rows go in one transaction, so that nobody waits long for it.
const BATCH: i64 = 2000;

/// Where everything is to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Guild(GuildId),
    Channel(ChannelId),
}

/// Removes a part of what the index has of a place that is gone; whether that was all.
pub async fn remove_from(store: &Store, place: Place) -> Result<bool, StoreError> {
    let (guild, channel) = match place {
        Place::Guild(guild) => (Some(guild.uuid()), None),
        Place::Channel(channel) => (None, Some(channel.uuid())),
    };
    let mut tx = store.pool().begin().await?;
    lock(&mut tx).await?;
    let removed = sqlx::query!(
        r#"
        DELETE FROM search_documents WHERE message_id IN (
            (SELECT message_id FROM search_documents WHERE guild_id = $1 LIMIT $3)
            UNION ALL
            (SELECT message_id FROM search_documents WHERE channel_id = $2 LIMIT $3)
        )
        "#,
        guild,
        channel,
        BATCH,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((removed.rows_affected() as i64) < BATCH)
}
