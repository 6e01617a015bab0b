use kith_types::{GuildId, Timestamp};
use sqlx::PgConnection;

use crate::StoreError;
use crate::columns::moment;

/// How many invites of the guild can still be accepted.
pub async fn count_open(
    connection: &mut PgConnection,
    guild: GuildId,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM invites
        WHERE guild_id = $1 AND revoked_at IS NULL
          AND (expires_at IS NULL OR expires_at > $2) AND (max_uses IS NULL OR uses < max_uses)
        "#,
        guild.uuid(),
        moment(now),
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}
