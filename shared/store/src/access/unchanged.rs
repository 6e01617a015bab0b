use kith_policy::Granted;

use crate::{Store, StoreError};

impl Store {
    /// [`StoreError::AccessChanged`] if rights in the guild have changed since this was granted; for what took its time and
    /// was not written in one transaction.
    pub async fn require_unchanged<R>(&self, granted: &Granted<R>) -> Result<(), StoreError> {
        let Some(guild) = granted.guild() else {
            return Ok(());
        };
        let version = sqlx::query_scalar!(
            "SELECT access_version FROM guilds WHERE id = $1 AND deleted_at IS NULL",
            guild.uuid(),
        )
        .fetch_optional(self.pool())
        .await?;
        if version.is_some() && version == granted.access_version() {
            Ok(())
        } else {
            Err(StoreError::AccessChanged)
        }
    }
}
