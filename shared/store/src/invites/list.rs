use kith_types::{GuildId, Timestamp};
use kith_wire::Invite;
use sqlx::PgConnection;

use crate::StoreError;
use crate::columns::{moment, user};

/// The guild's invites that can still be accepted, by code, from the one behind `after`, at most `limit`.
pub async fn list(
    connection: &mut PgConnection,
    guild: GuildId,
    after: &str,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Invite>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT invites.code, invites.max_uses, invites.uses, invites.expires_at, invites.created_at,
               users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM invites JOIN users ON users.id = invites.creator_id
        WHERE invites.guild_id = $1 AND invites.code > $2 AND invites.revoked_at IS NULL
          AND (invites.expires_at IS NULL OR invites.expires_at > $3)
          AND (invites.max_uses IS NULL OR invites.uses < invites.max_uses)
        ORDER BY invites.code
        LIMIT $4
        "#,
        guild.uuid(),
        after,
        moment(now),
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Invite {
                code: row.code,
                guild_id: guild,
                creator: user(
                    row.id,
                    row.username,
                    row.display_name,
                    row.kind,
                    row.home,
                    row.avatar_id,
                )?,
                max_uses: row.max_uses,
                uses: row.uses,
                expires_at: row.expires_at.map(Into::into),
                created_at: row.created_at.into(),
            })
        })
        .collect()
}
