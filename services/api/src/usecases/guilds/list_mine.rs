use kith_store::{Store, guilds};
use kith_types::UserId;
use kith_wire::Guild;

use crate::Failure;

/// The guilds that the asker is in.
pub(crate) async fn list_mine(store: &Store, user: UserId) -> Result<Vec<Guild>, Failure> {
    let mut connection = store.connection().await?;
    Ok(guilds::list_joined(&mut connection, user).await?)
}
