use kith_policy::{Granted, ModerateMembers, Right};
use kith_types::{Nickname, Timestamp, UserId};

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// Sets a member's nickname or takes it away: one's own, or another's.
pub async fn rename<R: Right>(
    work: &mut Work,
    granted: &Granted<R>,
    user: UserId,
    nick: Option<&Nickname>,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    sqlx::query!(
        "UPDATE members SET nick = $3 WHERE guild_id = $1 AND user_id = $2",
        guild.uuid(),
        user.uuid(),
        nick.map(Nickname::as_str),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}

/// Silences a member until a moment, or ends it.
pub async fn time_out(
    work: &mut Work,
    granted: &Granted<ModerateMembers>,
    user: UserId,
    until: Option<Timestamp>,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    sqlx::query!(
        "UPDATE members SET timed_out_until = $3 WHERE guild_id = $1 AND user_id = $2",
        guild.uuid(),
        user.uuid(),
        until.map(moment),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
