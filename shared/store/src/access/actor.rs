use std::fmt;

use kith_types::{SessionId, Timestamp};
use kith_wire::User;

use crate::columns::{moment, user};
use crate::{Store, StoreError};

/// The SHA-256 of a token: all that is kept of it. Tokens have 256 random bits, so nothing slower is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// For the column.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    // It is not the token, but it names a session, and logs are kept longer than sessions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// Whoever makes a request, by a log-in session that is good now.
#[derive(Debug, Clone)]
pub struct Actor {
    pub user: User,
    pub session: SessionId,
    /// Rate limits do not apply.
    pub unlimited: bool,
    /// May use what concerns the instance; no rights in guilds.
    pub instance_admin: bool,
}

impl Store {
    /// Whose access token this is. None if it is unknown or expired, or if the session has ended.
    pub async fn actor(
        &self,
        access: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Actor>, StoreError> {
        let row = sqlx::query!(
            r#"
            SELECT sessions.id AS session_id, users.id, users.username, users.display_name, users.kind, users.avatar_id,
                (SELECT domain FROM instances WHERE id = users.origin) AS "home!",
                users.unlimited, users.instance_admin
            FROM sessions JOIN users ON users.id = sessions.user_id
            WHERE sessions.access_hash = $1 AND sessions.revoked_at IS NULL AND sessions.access_expires_at > $2
                AND sessions.expires_at > $2 AND users.deleted_at IS NULL
            "#,
            &access.0,
            moment(now),
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(Actor {
                user: user(
                    row.id,
                    row.username,
                    row.display_name,
                    row.kind,
                    row.home,
                    row.avatar_id,
                )?,
                session: row.session_id.into(),
                unlimited: row.unlimited,
                instance_admin: row.instance_admin,
            })
        })
        .transpose()
    }
}
