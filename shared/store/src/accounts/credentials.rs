use kith_types::{UserId, Username};
use kith_wire::{User, UserKind};

use crate::{Store, StoreError};

/// What a log-in is checked against.
pub struct Credentials {
    pub user: User,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// Rate limits do not apply.
    pub unlimited: bool,
}

/// The credentials of the local person with this user name.
pub async fn credentials(
    store: &Store,
    username: &Username,
) -> Result<Option<Credentials>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT id, username, display_name, avatar_id, password_hash AS "password_hash!", unlimited,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM users
        WHERE origin = 0 AND lower(username) = $1
          AND kind = 0 AND deleted_at IS NULL AND password_hash IS NOT NULL
        "#,
        username.as_str(),
    )
    .fetch_optional(store.pool())
    .await?;
    Ok(row.map(|row| Credentials {
        user: User {
            id: row.id.into(),
            username: row.username,
            display_name: row.display_name,
            kind: UserKind::Human,
            home: row.home,
            avatar: row.avatar_id.map(Into::into),
        },
        password_hash: row.password_hash,
        unlimited: row.unlimited,
    }))
}

/// The hash of a local person's password.
pub async fn password_hash(store: &Store, user: UserId) -> Result<Option<String>, StoreError> {
    let hash = sqlx::query_scalar!(
        r#"
        SELECT password_hash AS "password_hash!"
        FROM users
        WHERE id = $1 AND kind = 0 AND deleted_at IS NULL AND password_hash IS NOT NULL
        "#,
        user.uuid(),
    )
    .fetch_optional(store.pool())
    .await?;
    Ok(hash)
}
