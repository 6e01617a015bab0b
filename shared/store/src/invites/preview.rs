use kith_types::InviteCode;
use kith_wire::InvitePreview;
use sqlx::PgConnection;

use crate::StoreError;

/// What an invite leads to, whether or not it can still be accepted, unless its guild is gone.
pub async fn preview(
    connection: &mut PgConnection,
    code: &InviteCode,
) -> Result<Option<InvitePreview>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT invites.code, invites.expires_at, guilds.id, guilds.name,
               (SELECT count(*) FROM members WHERE members.guild_id = guilds.id) AS "member_count!"
        FROM invites JOIN guilds ON guilds.id = invites.guild_id
        WHERE invites.code = $1 AND guilds.deleted_at IS NULL
        "#,
        code.as_str(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| InvitePreview {
        code: row.code,
        guild_id: row.id.into(),
        guild_name: row.name,
        member_count: row.member_count,
        expires_at: row.expires_at.map(Into::into),
    }))
}
