use kith_types::{DisplayName, Timestamp, UserId, Username};
use kith_wire::{User, UserKind};
use sqlx::PgConnection;

use crate::columns::moment;
use crate::{Store, StoreError};

/// A person's account that does not exist yet.
#[derive(Debug)]
pub struct NewAccount<'a> {
    pub id: UserId,
    pub username: &'a Username,
    /// The user name if there is none.
    pub display_name: Option<&'a DisplayName>,
    /// Argon2id in PHC form.
    pub password_hash: &'a str,
    pub at: Timestamp,
}

/// Makes an account; none if the user name is taken, in whatever case.
pub async fn create(store: &Store, new: &NewAccount<'_>) -> Result<Option<User>, StoreError> {
    insert(&mut *store.pool().acquire().await?, new).await
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    new: &NewAccount<'_>,
) -> Result<Option<User>, StoreError> {
    let display_name = new
        .display_name
        .map_or(new.username.as_str(), DisplayName::as_str);
    let home = sqlx::query_scalar!(
        r#"
        INSERT INTO users (id, username, display_name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (origin, lower(username)) DO NOTHING
        RETURNING (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        "#,
        new.id.uuid(),
        new.username.as_str(),
        display_name,
        new.password_hash,
        moment(new.at),
    )
    .fetch_optional(connection)
    .await?;
    Ok(home.map(|home| User {
        id: new.id,
        username: new.username.as_str().to_owned(),
        display_name: display_name.to_owned(),
        kind: UserKind::Human,
        home,
        avatar: None,
    }))
}
