use kith_types::{SessionId, Timestamp, UserId};
use sqlx::PgConnection;

use crate::columns::moment;
use crate::{Store, StoreError, TokenHash};

/// A log-in that is about to begin.
#[derive(Debug)]
pub struct NewSession<'a> {
    pub id: SessionId,
    pub user: UserId,
    pub access: TokenHash,
    pub refresh: TokenHash,
    pub access_expires_at: Timestamp,
    pub expires_at: Timestamp,
    pub user_agent: Option<&'a str>,
    pub at: Timestamp,
}

/// Begins a session, if the user's password hash is still the one that was checked. How many live sessions the user
/// had before; none if the password was changed meanwhile.
pub async fn open_session(
    store: &Store,
    new: &NewSession<'_>,
    checked_hash: &str,
) -> Result<Option<i64>, StoreError> {
    insert(&mut *store.pool().acquire().await?, new, checked_hash).await
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    new: &NewSession<'_>,
    checked_hash: &str,
) -> Result<Option<i64>, StoreError> {
    // FOR SHARE waits for a password change that is under way, and makes the next one wait: it then ends this session too.
    let live = sqlx::query_scalar!(
        r#"
        WITH account AS (
            SELECT id FROM users WHERE id = $2 AND password_hash = $9 FOR SHARE
        ), session AS (
            INSERT INTO sessions (id, user_id, access_hash, access_expires_at, expires_at, user_agent, created_at, last_used_at)
            SELECT $1, account.id, $3, $5, $6, $7, $8, $8 FROM account
            RETURNING id
        ), refresh AS (
            INSERT INTO refresh_tokens (hash, session_id, expires_at)
            SELECT $4, session.id, $6 FROM session
        )
        SELECT (
            SELECT count(*) FROM sessions WHERE user_id = $2 AND revoked_at IS NULL AND expires_at > $8
        ) AS "live!"
        FROM session
        "#,
        new.id.uuid(),
        new.user.uuid(),
        &new.access.0,
        &new.refresh.0,
        moment(new.access_expires_at),
        moment(new.expires_at),
        new.user_agent,
        moment(new.at),
        checked_hash,
    )
    .fetch_optional(connection)
    .await?;
    Ok(live)
}
