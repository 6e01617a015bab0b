use kith_types::{GuildId, Permissions};
use kith_wire::Role;
use sqlx::PgConnection;

use crate::StoreError;

/// The guild's roles from the everyone role upwards.
pub async fn list(connection: &mut PgConnection, guild: GuildId) -> Result<Vec<Role>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT id, guild_id, name, color, position, permissions, hoist, mentionable
        FROM roles WHERE guild_id = $1 ORDER BY position, id LIMIT $2
        "#,
        guild.uuid(),
        super::MAX_PER_GUILD,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Role {
            id: row.id.into(),
            guild_id: row.guild_id.into(),
            name: row.name,
            color: row.color,
            position: row.position,
            permissions: Permissions::from_column(row.permissions),
            hoist: row.hoist,
            mentionable: row.mentionable,
        })
        .collect())
}
