use std::collections::HashMap;

use kith_types::{Permissions, RoleId, UserId};
use kith_wire::{Overwrite, OverwriteKind};
use sqlx::PgConnection;
use uuid::Uuid;

use super::MAX_PER_CHANNEL;
use crate::StoreError;

/// The overwrites of these channels, by channel.
pub(crate) async fn list(
    connection: &mut PgConnection,
    channels: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Overwrite>>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT channel_id, target_id, target_kind, allow, deny
        FROM overwrites WHERE channel_id = ANY ($1) ORDER BY channel_id, target_id LIMIT $2
        "#,
        channels,
        (channels.len() * MAX_PER_CHANNEL) as i64,
    )
    .fetch_all(connection)
    .await?;
    let mut found: HashMap<Uuid, Vec<Overwrite>> = HashMap::new();
    for row in rows {
        let (id, kind) = match row.target_kind {
            0 => (RoleId::from(row.target_id).to_string(), OverwriteKind::Role),
            _ => (
                UserId::from(row.target_id).to_string(),
                OverwriteKind::Member,
            ),
        };
        found.entry(row.channel_id).or_default().push(Overwrite {
            id,
            kind,
            allow: Permissions::from_column(row.allow),
            deny: Permissions::from_column(row.deny),
        });
    }
    Ok(found)
}
