use kith_types::{Timestamp, UserId};
use kith_wire::{CustomStatus, PresenceSettings};
use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::columns::{chosen_status, chosen_status_column, moment};
use crate::{Store, StoreError, Work};

/// How a user wants to be seen. A custom status that has expired by `now` is left out. None if there is no such account.
pub async fn presence(
    store: &Store,
    user: UserId,
    now: Timestamp,
) -> Result<Option<PresenceSettings>, StoreError> {
    read(store.pool(), user, now).await
}

/// As [`presence`], within a unit of work that has locked the user.
pub async fn presence_locked(
    work: &mut Work,
    user: UserId,
) -> Result<Option<PresenceSettings>, StoreError> {
    let now = work.now();
    read(work.tx(), user, now).await
}

/// Sets how a user wants to be seen.
pub async fn set_presence(
    work: &mut Work,
    user: UserId,
    presence: &PresenceSettings,
) -> Result<(), StoreError> {
    let custom = presence.custom_status.as_ref();
    sqlx::query!(
        r#"
        UPDATE users SET presence_status = $2, custom_status = $3, custom_status_expires_at = $4
        WHERE id = $1 AND deleted_at IS NULL
        "#,
        user.uuid(),
        chosen_status_column(presence.status),
        custom.map(|it| it.text.as_str()),
        custom.and_then(|it| it.expires_at).map(moment),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}

async fn read(
    executor: impl PgExecutor<'_>,
    user: UserId,
    now: Timestamp,
) -> Result<Option<PresenceSettings>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT presence_status, custom_status, custom_status_expires_at
        FROM users WHERE id = $1 AND deleted_at IS NULL
        "#,
        user.uuid(),
    )
    .fetch_optional(executor)
    .await?;
    row.map(|row| {
        settings(
            row.presence_status,
            row.custom_status,
            row.custom_status_expires_at,
            now,
        )
    })
    .transpose()
}

/// From the columns.
pub(crate) fn settings(
    status: i16,
    text: Option<String>,
    expires_at: Option<OffsetDateTime>,
    now: Timestamp,
) -> Result<PresenceSettings, StoreError> {
    let expires_at = expires_at.map(Timestamp::from);
    let counts = expires_at.is_none_or(|end| end > now);
    Ok(PresenceSettings {
        status: chosen_status(status)?,
        custom_status: text
            .filter(|_| counts)
            .map(|text| CustomStatus { text, expires_at }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_status_counts_until_its_moment() {
        let end = Timestamp::from_millis(1_795_255_200_000);
        let words = |now: Timestamp| {
            let settings = settings(2, Some("soon".to_owned()), Some(end.into()), now).unwrap();
            settings.custom_status.map(|it| it.text)
        };
        assert_eq!(words(end.plus_seconds(-1)).as_deref(), Some("soon"));
        assert_eq!(words(end), None);
    }
}
