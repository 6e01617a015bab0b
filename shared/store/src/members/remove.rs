use kith_policy::{Granted, Right};
use kith_types::UserId;

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// Ends a membership, with the invites that they have made. Whether there was one. A time-out that still runs is kept for the case
/// that they come back.
pub async fn remove<R: Right>(
    work: &mut Work,
    granted: &Granted<R>,
    user: UserId,
) -> Result<bool, StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    let removed = sqlx::query_scalar!(
        r#"
        WITH gone AS (
            DELETE FROM members WHERE guild_id = $1 AND user_id = $2 RETURNING timed_out_until
        ), uninvited AS (
            UPDATE invites SET revoked_at = $3 WHERE guild_id = $1 AND creator_id = $2 AND revoked_at IS NULL
        ), ended AS (
            DELETE FROM kept_time_outs WHERE guild_id = $1 AND user_id <> $2 AND timed_out_until <= $3
        ), kept AS (
            INSERT INTO kept_time_outs (guild_id, user_id, timed_out_until)
            SELECT $1, $2, timed_out_until FROM gone WHERE timed_out_until > $3
            ON CONFLICT (guild_id, user_id) DO UPDATE SET timed_out_until = excluded.timed_out_until
        )
        SELECT count(*) > 0 AS "removed!" FROM gone
        "#,
        guild.uuid(),
        user.uuid(),
        moment(now),
    )
    .fetch_one(work.tx())
    .await?;
    Ok(removed)
}
