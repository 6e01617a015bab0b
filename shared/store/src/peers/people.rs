use kith_types::{Domain, Timestamp, UserId, Username};
use kith_wire::{RemoteProfile, User, UserKind};

use crate::columns::{moment, user};
use crate::{Store, StoreError};

/// A user of this instance, as others may know them.
pub type Person = User;

/// The local user of this name.
pub async fn local_by_name(
    store: &Store,
    username: &Username,
) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM users WHERE origin = 0 AND lower(username) = $1 AND kind <> 2 AND deleted_at IS NULL
        "#,
        username.as_str(),
    )
    .fetch_optional(store.pool())
    .await?;
    row.map(|row| {
        user(
            row.id,
            row.username,
            row.display_name,
            row.kind,
            row.home,
            row.avatar_id,
        )
    })
    .transpose()
}

/// The local user with this id.
pub async fn local_by_id(store: &Store, id: UserId) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT users.id, users.username, users.display_name, users.kind, users.avatar_id,
               (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM users WHERE origin = 0 AND id = $1 AND kind <> 2 AND deleted_at IS NULL
        "#,
        id.uuid(),
    )
    .fetch_optional(store.pool())
    .await?;
    row.map(|row| {
        user(
            row.id,
            row.username,
            row.display_name,
            row.kind,
            row.home,
            row.avatar_id,
        )
    })
    .transpose()
}

/// Writes down a user of another instance as that instance described them; the account as it is known here. None if the
/// instance is not known.
pub async fn remember(
    store: &Store,
    profile: &RemoteProfile,
    at: Timestamp,
) -> Result<Option<User>, StoreError> {
    let id: UserId = store.mint()?;
    let remote_id = profile.id.to_string();
    let kind = match profile.kind {
        UserKind::Human => 0_i16,
        UserKind::Bot => 1,
        UserKind::Deleted => 2,
    };
    let mut tx = store.pool().begin().await?;
    let origin = sqlx::query_scalar!(
        "SELECT id FROM instances WHERE domain = $1 AND id <> 0 AND standing = 0 FOR SHARE",
        profile.home.as_str(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(origin) = origin else {
        return Ok(None);
    };
    // Whoever had the name before has another one by now. Until we learn it, theirs is their id, which nobody else has.
    sqlx::query!(
        r#"
        UPDATE users SET username = remote_id
        WHERE origin = $1 AND lower(username) = $2 AND remote_id <> $3
        "#,
        origin,
        profile.username.as_str(),
        remote_id,
    )
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query!(
        r#"
        INSERT INTO users (id, origin, remote_id, kind, username, display_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (origin, remote_id) WHERE origin <> 0 DO UPDATE SET
            kind = excluded.kind, username = excluded.username, display_name = excluded.display_name, deleted_at = NULL
        RETURNING id, username, display_name, kind, avatar_id,
            (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        "#,
        id.uuid(),
        origin,
        remote_id,
        kind,
        profile.username.as_str(),
        profile.display_name.as_str(),
        moment(at),
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    let known = user(
        row.id,
        row.username,
        row.display_name,
        row.kind,
        row.home,
        row.avatar_id,
    )?;
    Ok(Some(known))
}

/// The instance says that it has no such user (any more): what was known of them goes, but their place in conversations.
pub async fn forget(
    store: &Store,
    domain: &Domain,
    username: &Username,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        UPDATE users SET kind = 2, username = remote_id, display_name = 'deleted', deleted_at = $3
        WHERE origin = (SELECT id FROM instances WHERE domain = $1 AND id <> 0) AND lower(username) = $2
        "#,
        domain.as_str(),
        username.as_str(),
        moment(at),
    )
    .execute(store.pool())
    .await?;
    Ok(())
}
