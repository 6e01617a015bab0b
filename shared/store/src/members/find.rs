use kith_types::{GuildId, RoleId, UserId};
use kith_wire::Member;
use sqlx::PgConnection;

use crate::StoreError;
use crate::columns;

/// A user as a member of the guild, if they are one.
pub async fn find(
    connection: &mut PgConnection,
    guild: GuildId,
    user: UserId,
) -> Result<Option<Member>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT members.nick, members.role_ids, members.joined_at, members.timed_out_until,
               users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM members JOIN users ON users.id = members.user_id
        WHERE members.guild_id = $1 AND members.user_id = $2
        "#,
        guild.uuid(),
        user.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Member {
            guild_id: guild,
            user: columns::user(
                row.id,
                row.username,
                row.display_name,
                row.kind,
                row.home,
                row.avatar_id,
            )?,
            nick: row.nick,
            roles: row.role_ids.into_iter().map(RoleId::from).collect(),
            joined_at: row.joined_at.into(),
            timed_out_until: row.timed_out_until.map(Into::into),
        })
    })
    .transpose()
}
