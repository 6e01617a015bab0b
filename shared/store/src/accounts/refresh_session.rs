use kith_types::{SessionId, Timestamp, UserId};

use crate::columns::moment;
use crate::{Store, StoreError, TokenHash};

/// The tokens that take the place of the ones before.
#[derive(Debug)]
pub struct NextTokens {
    pub access: TokenHash,
    pub refresh: TokenHash,
    pub access_expires_at: Timestamp,
    pub expires_at: Timestamp,
    pub at: Timestamp,
}

/// What became of a refresh token that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// It was used up, and its session goes on with the next tokens.
    Rotated,
    /// It was used before, and its session is still live: somebody has stolen it, or was stolen from.
    Reused { user: UserId, session: SessionId },
    /// There is no such token, or it or its session has ended.
    Invalid,
}

/// Uses a refresh token, once: of two uses at the same moment the row's lock lets one through, and the other finds the
/// token used.
pub async fn refresh_session(
    store: &Store,
    shown: &TokenHash,
    next: &NextTokens,
) -> Result<Refreshed, StoreError> {
    let at = moment(next.at);
    let rotated = sqlx::query_scalar!(
        r#"
        WITH used AS (
            UPDATE refresh_tokens SET used_at = $2
            WHERE hash = $1 AND used_at IS NULL AND expires_at > $2
            RETURNING session_id
        ), session AS (
            UPDATE sessions SET access_hash = $3, access_expires_at = $4, expires_at = $5, last_used_at = $2
            FROM used
            WHERE sessions.id = used.session_id AND sessions.revoked_at IS NULL AND sessions.expires_at > $2
            RETURNING sessions.id
        )
        INSERT INTO refresh_tokens (hash, session_id, expires_at)
        SELECT $6, session.id, $5 FROM session
        RETURNING session_id
        "#,
        &shown.0,
        at,
        &next.access.0,
        moment(next.access_expires_at),
        moment(next.expires_at),
        &next.refresh.0,
    )
    .fetch_optional(store.pool())
    .await?;
    if rotated.is_some() {
        return Ok(Refreshed::Rotated);
    }
    let reused = sqlx::query!(
        r#"
        SELECT sessions.id, sessions.user_id
        FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session_id
        WHERE refresh_tokens.hash = $1 AND refresh_tokens.used_at IS NOT NULL
          AND sessions.revoked_at IS NULL AND sessions.expires_at > $2
        "#,
        &shown.0,
        at,
    )
    .fetch_optional(store.pool())
    .await?;
    Ok(reused.map_or(Refreshed::Invalid, |row| Refreshed::Reused {
        user: row.user_id.into(),
        session: row.id.into(),
    }))
}
