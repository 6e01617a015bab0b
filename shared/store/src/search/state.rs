use kith_types::Timestamp;

use crate::columns::moment;
use crate::{Store, StoreError};

/// When the place in the stream was made from which the index is kept up to date; none if there was none yet. Another one
/// knows nothing of what was before it.
pub async fn follower(store: &Store) -> Result<Option<Timestamp>, StoreError> {
    let created = sqlx::query_scalar!("SELECT follower_created FROM search_state WHERE id = 0")
        .fetch_one(store.pool())
        .await?;
    Ok(created.map(Timestamp::from))
}

/// Notes that the index is kept up to date from this place on.
pub async fn set_follower(store: &Store, created: Timestamp) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE search_state SET follower_created = $1 WHERE id = 0",
        moment(created),
    )
    .execute(store.pool())
    .await?;
    Ok(())
}
