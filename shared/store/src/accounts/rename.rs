use kith_types::{DisplayName, UserId};
use kith_wire::User;

use crate::columns::user;
use crate::{StoreError, Work};

/// Gives a user another display name. The account as it is now; none if there is no such account.
pub async fn rename(
    work: &mut Work,
    id: UserId,
    display_name: &DisplayName,
) -> Result<Option<User>, StoreError> {
    let row = sqlx::query!(
        r#"
        UPDATE users SET display_name = $2 WHERE id = $1 AND deleted_at IS NULL
        RETURNING id, username, display_name, kind, avatar_id, (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        "#,
        id.uuid(),
        display_name.as_str(),
    )
    .fetch_optional(work.tx())
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
