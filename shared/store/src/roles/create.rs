use kith_policy::{Granted, ManageRoles};
use kith_wire::Role;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Writes a new role at its position; the caller makes room for it in the same transaction.
pub async fn create(
    work: &mut Work,
    granted: &Granted<ManageRoles>,
    role: &Role,
) -> Result<(), StoreError> {
    checked(work, granted)?;
    sqlx::query!(
        r#"
        INSERT INTO roles (id, guild_id, name, color, position, permissions, hoist, mentionable)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        role.id.uuid(),
        role.guild_id.uuid(),
        role.name,
        role.color,
        role.position,
        role.permissions.to_column(),
        role.hoist,
        role.mentionable,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
