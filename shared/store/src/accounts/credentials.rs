use kith_types::{UserId, Username};
use kith_wire::{User, UserKind};

use crate::{Store, StoreError, TokenHash};

/// What a log-in is checked against.
pub struct Credentials {
    pub user: User,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// Of the device that was named: whether this person logged in from it before, …
    pub knows_device: bool,
    /// … and whether anybody did.
    pub is_device: bool,
}

/// The credentials of the local person with this user name, who may come from a device that is known.
pub async fn credentials(
    store: &Store,
    username: &Username,
    device: Option<&TokenHash>,
) -> Result<Option<Credentials>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT id, username, display_name, avatar_id, password_hash AS "password_hash!",
               EXISTS (SELECT FROM devices WHERE token_hash = $2 AND user_id = users.id) AS "knows_device!",
               EXISTS (SELECT FROM devices WHERE token_hash = $2) AS "is_device!",
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM users
        WHERE origin = 0 AND lower(username) = $1
          AND kind = 0 AND deleted_at IS NULL AND password_hash IS NOT NULL
        "#,
        username.as_str(),
        device.map(TokenHash::bytes),
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
        knows_device: row.knows_device,
        is_device: row.is_device,
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
