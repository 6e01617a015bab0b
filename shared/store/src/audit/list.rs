use kith_types::{AuditEntryId, GuildId};
use kith_wire::AuditEntry;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::columns::user;

/// The guild's entries, newest first, from the one before `before`, at most `limit`.
pub async fn list(
    connection: &mut PgConnection,
    guild: GuildId,
    before: Option<AuditEntryId>,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT audit_log.id, audit_log.action, audit_log.target_id, audit_log.changes, audit_log.reason,
               audit_log.created_at, users.id AS user_id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM audit_log JOIN users ON users.id = audit_log.actor_id
        WHERE audit_log.guild_id = $1 AND audit_log.id < $2
        ORDER BY audit_log.id DESC
        LIMIT $3
        "#,
        guild.uuid(),
        before.map_or(Uuid::max(), AuditEntryId::uuid),
        limit,
    )
    .fetch_all(connection)
    .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        // An older version does not know what a newer one wrote; it leaves that out.
        let Ok(action) = row.action.parse() else {
            continue;
        };
        entries.push(AuditEntry {
            id: row.id.into(),
            actor: user(
                row.user_id,
                row.username,
                row.display_name,
                row.kind,
                row.home,
                row.avatar_id,
            )?,
            action,
            // All kinds of ids have the same text form.
            target_id: row.target_id.map(|id| AuditEntryId::from(id).to_string()),
            changes: row.changes,
            reason: row.reason,
            created_at: row.created_at.into(),
        });
    }
    Ok(entries)
}
