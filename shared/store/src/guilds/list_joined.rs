use kith_types::UserId;
use kith_wire::Guild;
use sqlx::PgConnection;

use crate::StoreError;

/// The most guilds that a user may be in.
pub const MAX_PER_USER: i64 = 100;

/// The guilds that a user is in, oldest first.
pub async fn list_joined(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<Guild>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT guilds.id, guilds.name, guilds.owner_id, guilds.icon_id, guilds.created_at,
               (SELECT domain FROM instances WHERE id = guilds.origin) AS "home!"
        FROM members JOIN guilds ON guilds.id = members.guild_id
        WHERE members.user_id = $1 AND guilds.deleted_at IS NULL
        ORDER BY guilds.id
        LIMIT $2
        "#,
        user.uuid(),
        MAX_PER_USER,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Guild {
            id: row.id.into(),
            name: row.name,
            owner_id: row.owner_id.into(),
            home: row.home,
            icon: row.icon_id.map(Into::into),
            created_at: row.created_at.into(),
        })
        .collect())
}

/// How many guilds a user is in.
pub async fn count_joined(connection: &mut PgConnection, user: UserId) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!"
        FROM members JOIN guilds ON guilds.id = members.guild_id
        WHERE members.user_id = $1 AND guilds.deleted_at IS NULL
        "#,
        user.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}
