use kith_types::{GuildId, UserId};

use crate::columns::moment;
use crate::{StoreError, Work};

/// Makes a user a member who has no roles yet.
pub async fn add(work: &mut Work, guild: GuildId, user: UserId) -> Result<(), StoreError> {
    let now = work.now();
    sqlx::query!(
        "INSERT INTO members (guild_id, user_id, joined_at) VALUES ($1, $2, $3)",
        guild.uuid(),
        user.uuid(),
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
