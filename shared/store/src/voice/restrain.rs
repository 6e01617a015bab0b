use kith_policy::{Granted, Restraints, Right};
use kith_types::UserId;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Puts something on a member in all voice channels of the guild, or takes it from them.
pub async fn restrain<R: Right>(
    work: &mut Work,
    granted: &Granted<R>,
    user: UserId,
    restraints: Restraints,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    if restraints == Restraints::default() {
        sqlx::query!(
            "DELETE FROM voice_restraints WHERE guild_id = $1 AND user_id = $2",
            guild.uuid(),
            user.uuid(),
        )
        .execute(work.tx())
        .await?;
        return Ok(());
    }
    sqlx::query!(
        r#"
        INSERT INTO voice_restraints (guild_id, user_id, mute, deaf) VALUES ($1, $2, $3, $4)
        ON CONFLICT (guild_id, user_id) DO UPDATE SET mute = excluded.mute, deaf = excluded.deaf
        "#,
        guild.uuid(),
        user.uuid(),
        restraints.mute,
        restraints.deaf,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
