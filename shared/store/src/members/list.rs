use kith_types::{GuildId, UserId};
use kith_wire::Member;
use sqlx::PgConnection;
use uuid::Uuid;

use super::row::MemberRow;
use crate::StoreError;

/// The guild's members by user id, from the one behind `after`, at most `limit`.
pub async fn list(
    connection: &mut PgConnection,
    guild: GuildId,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query_as!(
        MemberRow,
        r#"
        SELECT members.nick, members.role_ids, members.joined_at, members.timed_out_until,
               users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM members JOIN users ON users.id = members.user_id
        WHERE members.guild_id = $1 AND members.user_id > $2
        ORDER BY members.user_id
        LIMIT $3
        "#,
        guild.uuid(),
        after.map_or(Uuid::nil(), UserId::uuid),
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.into_member(guild)).collect()
}
