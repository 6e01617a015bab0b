use kith_types::{UserId, Username};

use crate::{Store, StoreError};

/// Lifts the rate limits for a local account, or puts them back. Its id; none if there is no such account.
pub async fn set_unlimited(
    store: &Store,
    username: &Username,
    unlimited: bool,
) -> Result<Option<UserId>, StoreError> {
    let id = sqlx::query_scalar!(
        r#"
        UPDATE users SET unlimited = $2
        WHERE origin = 0 AND lower(username) = lower($1) AND deleted_at IS NULL
        RETURNING id
        "#,
        username.as_str(),
        unlimited,
    )
    .fetch_optional(store.pool())
    .await?;
    Ok(id.map(UserId::from))
}

/// Lets a local account use what concerns the instance, or ends that. Its id; none if there is no such account.
pub async fn set_instance_admin(
    store: &Store,
    username: &Username,
    instance_admin: bool,
) -> Result<Option<UserId>, StoreError> {
    let id = sqlx::query_scalar!(
        r#"
        UPDATE users SET instance_admin = $2
        WHERE origin = 0 AND lower(username) = lower($1) AND deleted_at IS NULL
        RETURNING id
        "#,
        username.as_str(),
        instance_admin,
    )
    .fetch_optional(store.pool())
    .await?;
    Ok(id.map(UserId::from))
}
