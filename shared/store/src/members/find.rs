use kith_types::{GuildId, UserId};
use kith_wire::Member;
use sqlx::PgConnection;
use uuid::Uuid;

use super::row::MemberRow;
use crate::StoreError;

/// A user as a member of the guild, if they are one.
pub async fn find(
    connection: &mut PgConnection,
    guild: GuildId,
    user: UserId,
) -> Result<Option<Member>, StoreError> {
    Ok(among(connection, guild, &[user]).await?.pop())
}

/// Those of the users who are members of the guild, by user id.
pub async fn among(
    connection: &mut PgConnection,
    guild: GuildId,
    users: &[UserId],
) -> Result<Vec<Member>, StoreError> {
    let users: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    let rows = sqlx::query_as!(
        MemberRow,
        r#"
        SELECT members.nick, members.role_ids, members.joined_at, members.timed_out_until,
               users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM members JOIN users ON users.id = members.user_id
        WHERE members.guild_id = $1 AND members.user_id = ANY($2)
        ORDER BY members.user_id
        "#,
        guild.uuid(),
        &users,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.into_member(guild)).collect()
}
