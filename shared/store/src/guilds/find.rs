use kith_types::{GuildId, UserId};
use kith_wire::Guild;
use sqlx::PgConnection;

use crate::StoreError;

/// The guild, unless it is gone.
pub async fn find(
    connection: &mut PgConnection,
    guild: GuildId,
) -> Result<Option<Guild>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT id, name, owner_id, icon_id, created_at, (SELECT domain FROM instances WHERE id = guilds.origin) AS "home!"
        FROM guilds WHERE id = $1 AND deleted_at IS NULL
        "#,
        guild.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Guild {
        id: row.id.into(),
        name: row.name,
        owner_id: row.owner_id.into(),
        home: row.home,
        icon: row.icon_id.map(Into::into),
        created_at: row.created_at.into(),
    }))
}

/// How somebody stands to a guild that they want to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub banned: bool,
    pub member: bool,
}

/// How a user stands to a guild.
pub async fn entry(
    connection: &mut PgConnection,
    guild: GuildId,
    user: UserId,
) -> Result<Entry, StoreError> {
    let entry = sqlx::query_as!(
        Entry,
        r#"
        SELECT EXISTS (SELECT 1 FROM bans WHERE guild_id = $1 AND user_id = $2) AS "banned!",
               EXISTS (SELECT 1 FROM members WHERE guild_id = $1 AND user_id = $2) AS "member!"
        "#,
        guild.uuid(),
        user.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(entry)
}
