use std::collections::HashMap;

use kith_policy::{MemberFacts, Overwrite, OverwriteTarget};
use kith_types::{Permissions, RoleId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{StoreError, channels, roles};

/// Of each channel of the guild that makes an exception for this role: that one, and those that concern the actor. It is all
/// that a decision about giving or taking the role needs.
pub async fn around_role(
    connection: &mut PgConnection,
    actor: &MemberFacts,
    role: RoleId,
) -> Result<Vec<Vec<Overwrite>>, StoreError> {
    let mut targets: Vec<Uuid> = actor.roles.iter().map(|held| held.id.uuid()).collect();
    targets.extend([actor.user.uuid(), role.uuid()]);
    let rows = sqlx::query!(
        r#"
        SELECT overwrites.channel_id, overwrites.target_id, overwrites.target_kind, overwrites.allow, overwrites.deny
        FROM overwrites AS of_role
        JOIN channels ON channels.id = of_role.channel_id AND channels.guild_id = $1 AND channels.deleted_at IS NULL
        JOIN overwrites ON overwrites.channel_id = of_role.channel_id AND overwrites.target_id = ANY ($3)
        WHERE of_role.target_id = $2 AND of_role.target_kind = 0
        LIMIT $4
        "#,
        actor.guild.uuid(),
        role.uuid(),
        &targets,
        channels::MAX_PER_GUILD * (roles::MAX_PER_GUILD + 2),
    )
    .fetch_all(connection)
    .await?;
    let mut found: HashMap<Uuid, Vec<Overwrite>> = HashMap::new();
    for row in rows {
        let target = match row.target_kind {
            0 => OverwriteTarget::Role(row.target_id.into()),
            _ => OverwriteTarget::Member(row.target_id.into()),
        };
        found.entry(row.channel_id).or_default().push(Overwrite {
            target,
            allow: Permissions::from_column(row.allow),
            deny: Permissions::from_column(row.deny),
        });
    }
    Ok(found.into_values().collect())
}
