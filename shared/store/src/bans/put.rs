use kith_policy::{BanMembers, Granted};
use kith_types::{Reason, UserId};

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// Bans a user. Whether they were not banned before; the first ban's reason stays.
///
/// Violates `bans_user_id_fkey` if there is no such user (see [`StoreError::constraint`]).
pub async fn put(
    work: &mut Work,
    granted: &Granted<BanMembers>,
    user: UserId,
    reason: Option<&Reason>,
) -> Result<bool, StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    let done = sqlx::query!(
        r#"
        INSERT INTO bans (guild_id, user_id, reason, created_by, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (guild_id, user_id) DO NOTHING
        "#,
        guild.uuid(),
        user.uuid(),
        reason.map(Reason::as_str),
        granted.user().uuid(),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
