use kith_policy::{Granted, ManageRoles};
use kith_types::{RoleId, UserId};

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Gives a member a role. Whether they did not have it before.
pub async fn assign(
    work: &mut Work,
    granted: &Granted<ManageRoles>,
    user: UserId,
    role: RoleId,
) -> Result<bool, StoreError> {
    let guild = checked(work, granted)?;
    let done = sqlx::query!(
        r#"
        UPDATE members SET role_ids = array_append(role_ids, $3)
        WHERE guild_id = $1 AND user_id = $2 AND NOT $3 = ANY (role_ids)
        "#,
        guild.uuid(),
        user.uuid(),
        role.uuid(),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes a role from a member. Whether they had it.
pub async fn unassign(
    work: &mut Work,
    granted: &Granted<ManageRoles>,
    user: UserId,
    role: RoleId,
) -> Result<bool, StoreError> {
    let guild = checked(work, granted)?;
    let done = sqlx::query!(
        r#"
        UPDATE members SET role_ids = array_remove(role_ids, $3)
        WHERE guild_id = $1 AND user_id = $2 AND $3 = ANY (role_ids)
        "#,
        guild.uuid(),
        user.uuid(),
        role.uuid(),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}
