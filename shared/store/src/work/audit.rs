use kith_types::{AuditEntryId, GuildId, Reason, UserId};
use kith_wire::AuditAction;
use uuid::Uuid;

use super::Work;
use crate::StoreError;
use crate::columns::moment;

impl Work {
    /// Notes an administrative act in the guild's audit log. `changes` is what [`kith_wire::AuditEntry`] says, and
    /// never what somebody wrote.
    pub async fn audit(
        &mut self,
        guild: GuildId,
        actor: UserId,
        action: AuditAction,
        target: Option<Uuid>,
        changes: serde_json::Value,
        reason: Option<&Reason>,
    ) -> Result<(), StoreError> {
        let id: AuditEntryId = self.store.mint()?;
        let action: &str = action.into();
        sqlx::query!(
            "INSERT INTO audit_log (id, guild_id, actor_id, action, target_id, changes, reason, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            id.uuid(),
            guild.uuid(),
            actor.uuid(),
            action,
            target,
            changes,
            reason.map(Reason::as_str),
            moment(self.now),
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}
