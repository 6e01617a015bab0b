use kith_types::InviteCode;
use kith_wire::InvitePreview;
use sqlx::PgConnection;

use crate::StoreError;
use crate::columns::user;

/// What an invite leads to, whether or not it can still be accepted, unless its guild is gone.
pub async fn preview(
    connection: &mut PgConnection,
    code: &InviteCode,
) -> Result<Option<InvitePreview>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT invites.code, invites.expires_at, guilds.id, guilds.name, guilds.icon_id,
               (SELECT count(*) FROM members WHERE members.guild_id = guilds.id) AS "member_count!",
               users.id AS user_id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE instances.id = users.origin) AS "home!"
        FROM invites JOIN guilds ON guilds.id = invites.guild_id JOIN users ON users.id = invites.creator_id
        WHERE invites.code = $1 AND guilds.deleted_at IS NULL
        "#,
        code.as_str(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(InvitePreview {
        code: row.code,
        guild_id: row.id.into(),
        guild_name: row.name,
        guild_icon: row.icon_id.map(Into::into),
        inviter: user(
            row.user_id,
            row.username,
            row.display_name,
            row.kind,
            row.home,
            row.avatar_id,
        )?,
        member_count: row.member_count,
        expires_at: row.expires_at.map(Into::into),
    }))
}
