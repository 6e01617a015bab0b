use kith_types::{GuildId, UserId};

use crate::columns::moment;
use crate::{StoreError, Work};

/// Makes a user a member who has no roles yet. A time-out that they left with, and that still runs, is theirs again.
pub async fn add(work: &mut Work, guild: GuildId, user: UserId) -> Result<(), StoreError> {
    let now = work.now();
    sqlx::query!(
        r#"
        WITH kept AS (
            DELETE FROM kept_time_outs WHERE guild_id = $1 AND user_id = $2 RETURNING timed_out_until
        )
        INSERT INTO members (guild_id, user_id, joined_at, timed_out_until)
        VALUES ($1, $2, $3, (SELECT timed_out_until FROM kept WHERE timed_out_until > $3))
        "#,
        guild.uuid(),
        user.uuid(),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
