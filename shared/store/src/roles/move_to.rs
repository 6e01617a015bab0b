use kith_policy::{Granted, ManageRoles};
use kith_wire::Role;

use crate::guilds::checked;
use crate::{StoreError, Work};

/// Writes the positions of these roles, as they stand in them. That no two are equal is checked at commit.
pub async fn move_to(
    work: &mut Work,
    granted: &Granted<ManageRoles>,
    roles: &[Role],
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    let ids: Vec<_> = roles.iter().map(|role| role.id.uuid()).collect();
    let positions: Vec<_> = roles.iter().map(|role| role.position).collect();
    sqlx::query!(
        r#"
        UPDATE roles SET position = wished.position
        FROM unnest($2::uuid[], $3::integer[]) AS wished (id, position)
        WHERE roles.guild_id = $1 AND roles.id = wished.id
        "#,
        guild.uuid(),
        &ids,
        &positions,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
