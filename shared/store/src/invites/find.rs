use kith_types::{GuildId, InviteCode, Timestamp, UserId};
use sqlx::PgConnection;

use crate::StoreError;
use crate::columns::moment;

/// An invite whose guild is still there.
#[derive(Debug, Clone, Copy)]
pub struct FoundInvite {
    pub guild: GuildId,
    pub creator: UserId,
    /// Neither revoked, expired nor used up.
    pub open: bool,
    pub revoked: bool,
}

/// The invite with this code, unless its guild is gone.
pub async fn find(
    connection: &mut PgConnection,
    code: &InviteCode,
    now: Timestamp,
) -> Result<Option<FoundInvite>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT invites.guild_id, invites.creator_id, invites.revoked_at IS NOT NULL AS "revoked!",
               (invites.revoked_at IS NULL AND (invites.expires_at IS NULL OR invites.expires_at > $2)
                AND (invites.max_uses IS NULL OR invites.uses < invites.max_uses)) AS "open!"
        FROM invites JOIN guilds ON guilds.id = invites.guild_id
        WHERE invites.code = $1 AND guilds.deleted_at IS NULL
        "#,
        code.as_str(),
        moment(now),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| FoundInvite {
        guild: row.guild_id.into(),
        creator: row.creator_id.into(),
        open: row.open,
        revoked: row.revoked,
    }))
}
