use kith_policy::{MemberFacts, RoleFacts};
use kith_types::{GuildId, Permissions, UserId};
use sqlx::PgConnection;

use crate::StoreError;

/// What decisions about a member need to know, as it is in this transaction. None for who is not a member.
pub async fn facts(
    connection: &mut PgConnection,
    guild: GuildId,
    user: UserId,
) -> Result<Option<MemberFacts>, StoreError> {
    // The everyone role is always there, so a member has at least one row.
    let rows = sqlx::query!(
        r#"
        SELECT guilds.owner_id, guilds.access_version, members.timed_out_until,
               roles.id, roles.position, roles.permissions
        FROM members
        JOIN guilds ON guilds.id = members.guild_id
        JOIN roles ON roles.guild_id = guilds.id AND (roles.id = guilds.id OR roles.id = ANY (members.role_ids))
        WHERE members.guild_id = $1 AND members.user_id = $2 AND guilds.deleted_at IS NULL
        LIMIT $3
        "#,
        guild.uuid(),
        user.uuid(),
        crate::roles::MAX_PER_GUILD,
    )
    .fetch_all(connection)
    .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(MemberFacts {
        user,
        guild,
        owner: first.owner_id.into(),
        timed_out_until: first.timed_out_until.map(Into::into),
        access_version: first.access_version,
        roles: rows
            .iter()
            .map(|row| RoleFacts {
                id: row.id.into(),
                position: row.position,
                permissions: Permissions::from_column(row.permissions),
            })
            .collect(),
    }))
}
