use kith_types::{AuditEntryId, Reason, Timestamp, UserId};
use kith_wire::{InstanceAuditAction, InstanceAuditEntry};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{moment, user};
use crate::{Store, StoreError};

/// What an administrator of the instance does, for the audit log.
#[derive(Debug)]
pub struct Note<'a> {
    pub actor: UserId,
    pub action: InstanceAuditAction,
    /// The domain or the pattern that it is done to.
    pub target: String,
    /// The new values, by field.
    pub changes: serde_json::Value,
    pub reason: Option<&'a Reason>,
}

/// Writes it down, in the transaction that does it.
pub(super) async fn write(
    store: &Store,
    connection: &mut PgConnection,
    note: &Note<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let id: AuditEntryId = store.mint()?;
    let action: &str = note.action.into();
    sqlx::query!(
        "INSERT INTO instance_audit_log (id, actor_id, action, target, changes, reason, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id.uuid(),
        note.actor.uuid(),
        action,
        note.target,
        note.changes,
        note.reason.map(Reason::as_str),
        moment(at),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What instance administrators did, newest first, from the entry before `before`, at most `limit`.
pub async fn list_audit(
    store: &Store,
    before: Option<AuditEntryId>,
    limit: i64,
) -> Result<Vec<InstanceAuditEntry>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT entry.id, entry.action, entry.target, entry.changes, entry.reason, entry.created_at,
               users.id AS user_id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM instance_audit_log entry JOIN users ON users.id = entry.actor_id
        WHERE entry.id < $1
        ORDER BY entry.id DESC
        LIMIT $2
        "#,
        before.map_or(Uuid::max(), AuditEntryId::uuid),
        limit,
    )
    .fetch_all(store.pool())
    .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        // An older version does not know what a newer one wrote; it leaves that out.
        let Ok(action) = row.action.parse() else {
            continue;
        };
        entries.push(InstanceAuditEntry {
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
            target: row.target,
            changes: row.changes,
            reason: row.reason,
            created_at: row.created_at.into(),
        });
    }
    Ok(entries)
}
