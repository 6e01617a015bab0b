use kith_policy::{Granted, ManageRoles};
use kith_wire::Role;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Writes all that a role's editor may set; its position has its own operation.
pub async fn update(
    work: &mut Work,
    granted: &Granted<ManageRoles>,
    role: &Role,
) -> Result<(), StoreError> {
    checked(work, granted)?;
    sqlx::query!(
        r#"
        UPDATE roles SET name = $3, color = $4, permissions = $5, hoist = $6, mentionable = $7
        WHERE id = $1 AND guild_id = $2
        "#,
        role.id.uuid(),
        role.guild_id.uuid(),
        role.name,
        role.color,
        role.permissions.to_column(),
        role.hoist,
        role.mentionable,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
