use kith_wire::User;

use super::{NewAccount, NewSession, create, open_session};
use crate::{Store, StoreError};

/// Makes an account and begins its first session, both or neither; none if the user name is taken.
pub async fn register(
    store: &Store,
    account: &NewAccount<'_>,
    session: &NewSession<'_>,
) -> Result<Option<User>, StoreError> {
    let mut tx = store.pool().begin().await?;
    let Some(user) = create::insert(&mut tx, account).await? else {
        return Ok(None);
    };
    open_session::insert(&mut tx, session, account.password_hash).await?;
    tx.commit().await?;
    Ok(Some(user))
}
