use kith_policy::{Granted, ManageRoles};
use kith_types::RoleId;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Removes the role, also from its members and from every channel's overwrites.
pub async fn delete(
    work: &mut Work,
    granted: &Granted<ManageRoles>,
    role: RoleId,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    sqlx::query!(
        r#"
        WITH holders AS (
            UPDATE members SET role_ids = array_remove(role_ids, $2)
            WHERE guild_id = $1 AND $2 = ANY (role_ids)
        ), exceptions AS (
            DELETE FROM overwrites USING channels
            WHERE channels.id = overwrites.channel_id AND channels.guild_id = $1
              AND overwrites.target_id = $2 AND overwrites.target_kind = 0
        )
        DELETE FROM roles WHERE guild_id = $1 AND id = $2
        "#,
        guild.uuid(),
        role.uuid(),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
