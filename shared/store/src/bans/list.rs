use kith_types::{GuildId, UserId};
use kith_wire::Ban;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::columns::user;

/// The guild's bans by user id, from the one behind `after`, at most `limit`.
pub async fn list(
    connection: &mut PgConnection,
    guild: GuildId,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<Ban>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT bans.reason, bans.created_at, users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM bans JOIN users ON users.id = bans.user_id
        WHERE bans.guild_id = $1 AND bans.user_id > $2
        ORDER BY bans.user_id
        LIMIT $3
        "#,
        guild.uuid(),
        after.map_or(Uuid::nil(), UserId::uuid),
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Ban {
                user: user(
                    row.id,
                    row.username,
                    row.display_name,
                    row.kind,
                    row.home,
                    row.avatar_id,
                )?,
                reason: row.reason,
                created_at: row.created_at.into(),
            })
        })
        .collect()
}
