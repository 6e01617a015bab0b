use kith_types::{GuildId, RoleId, UserId};
use sqlx::PgConnection;

use crate::StoreError;

/// Members to whom the same applies in all channels: they have the same roles, and no channel makes an exception for one of them.
/// Whoever has such an exception, and the owner, is alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberKind {
    pub roles: Vec<RoleId>,
    /// At least one.
    pub users: Vec<UserId>,
}

/// All members of a guild, or one of them, by what applies to them.
pub async fn kinds(
    connection: &mut PgConnection,
    guild: GuildId,
    only: Option<UserId>,
) -> Result<Vec<MemberKind>, StoreError> {
    let rows = sqlx::query!(
        r#"
        WITH alone AS (
            SELECT overwrites.target_id AS user_id FROM overwrites JOIN channels ON channels.id = overwrites.channel_id
            WHERE channels.guild_id = $1 AND channels.deleted_at IS NULL AND overwrites.target_kind = 1
            UNION
            SELECT owner_id FROM guilds WHERE id = $1
        )
        SELECT role_ids, array_agg(members.user_id) AS "users!"
        FROM members LEFT JOIN alone ON alone.user_id = members.user_id
        WHERE members.guild_id = $1 AND ($2::uuid IS NULL OR members.user_id = $2)
        GROUP BY role_ids, alone.user_id
        "#,
        guild.uuid(),
        only.map(UserId::uuid),
    )
    .fetch_all(connection)
    .await?;
    let kinds = rows.into_iter().map(|row| MemberKind {
        roles: row.role_ids.into_iter().map(Into::into).collect(),
        users: row.users.into_iter().map(Into::into).collect(),
    });
    Ok(kinds.collect())
}
