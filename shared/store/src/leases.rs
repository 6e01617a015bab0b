use kith_types::Timestamp;

use crate::columns::moment;
use crate::{Store, StoreError};

impl Store {
    /// Takes or renews the lease `name` until `expires`. False while another process holds it.
    ///
    /// It is a row with an expiry and not a session's lock: a process that is cut off loses it without anybody having
    /// to notice. Whoever relies on it stops a good while before `expires` if it cannot renew.
    pub async fn hold_lease(&self, name: &str, expires: Timestamp) -> Result<bool, StoreError> {
        let held = sqlx::query_scalar!(
            r#"
            INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE leases.holder = excluded.holder OR leases.expires_at <= $4
            RETURNING name
            "#,
            name,
            self.worker().holder(),
            moment(expires),
            moment(self.now()),
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(held.is_some())
    }

    /// Gives the lease back, if this process holds it.
    pub async fn release_lease(&self, name: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM leases WHERE name = $1 AND holder = $2",
            name,
            self.worker().holder(),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
