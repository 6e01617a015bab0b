use kith_events::rpc::ValidSessions;
use kith_types::{SessionId, Timestamp};
use uuid::Uuid;

use super::epoch;
use crate::columns::moment;
use crate::{Store, StoreError};

impl Store {
    /// Those of these log-in sessions that have not ended. Their access tokens may have expired: a socket lives as long
    /// as its session.
    pub async fn valid_sessions(
        &self,
        sessions: &[SessionId],
        now: Timestamp,
    ) -> Result<ValidSessions, StoreError> {
        let ids: Vec<Uuid> = sessions.iter().map(|session| session.uuid()).collect();
        let mut tx = self.snapshot().await?;
        let valid = sqlx::query_scalar!(
            r#"
            SELECT sessions.id FROM sessions JOIN users ON users.id = sessions.user_id
            WHERE sessions.id = ANY($1) AND sessions.revoked_at IS NULL AND sessions.expires_at > $2
                AND users.deleted_at IS NULL
            "#,
            &ids,
            moment(now),
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(ValidSessions {
            valid: valid.into_iter().map(SessionId::from).collect(),
            epoch: epoch(&mut tx).await?,
        })
    }
}
