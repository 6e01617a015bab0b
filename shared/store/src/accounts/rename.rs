use kith_types::{DisplayName, GuildId, UserId};
use kith_wire::User;
use sqlx::PgExecutor;

use crate::columns::user;
use crate::{Store, StoreError, Work};

/// Gives a user another display name. The account as it is now; none if there is no such account.
pub async fn rename(
    work: &mut Work,
    id: UserId,
    display_name: &DisplayName,
) -> Result<Option<User>, StoreError> {
    let row = sqlx::query!(
        r#"
        UPDATE users SET display_name = $2 WHERE id = $1 AND deleted_at IS NULL
        RETURNING id, username, display_name, kind, (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        "#,
        id.uuid(),
        display_name.as_str(),
    )
    .fetch_optional(work.tx())
    .await?;
    row.map(|row| user(row.id, row.username, row.display_name, row.kind, row.home))
        .transpose()
}

/// The guilds that a user is in: all of them, since each learns of a new name.
pub async fn joined_guilds(store: &Store, user: UserId) -> Result<Vec<GuildId>, StoreError> {
    read(store.pool(), user).await
}

/// As [`joined_guilds`], within a unit of work that has locked the user: nobody joins anything under another name.
pub async fn joined_guilds_locked(
    work: &mut Work,
    user: UserId,
) -> Result<Vec<GuildId>, StoreError> {
    read(work.tx(), user).await
}

async fn read(executor: impl PgExecutor<'_>, user: UserId) -> Result<Vec<GuildId>, StoreError> {
    let ids = sqlx::query_scalar!(
        r#"
        SELECT guilds.id FROM members JOIN guilds ON guilds.id = members.guild_id
        WHERE members.user_id = $1 AND guilds.deleted_at IS NULL
        ORDER BY guilds.id
        "#,
        user.uuid(),
    )
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(GuildId::from).collect())
}
