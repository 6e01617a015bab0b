use kith_policy::{Granted, ManageGuild};
use kith_types::GuildName;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Gives the guild another name.
pub async fn rename(
    work: &mut Work,
    granted: &Granted<ManageGuild>,
    name: &GuildName,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    sqlx::query!(
        "UPDATE guilds SET name = $2 WHERE id = $1",
        guild.uuid(),
        name.as_str()
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
