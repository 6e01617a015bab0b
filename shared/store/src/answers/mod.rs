//! What gateways ask: each answer is one consistent snapshot of the primary, since permissions are decided from it.

mod describe_guild;
mod identify;
mod list_members;
mod read_states;
mod sessions;

use sqlx::{Postgres, Transaction};

use crate::{Store, StoreError};

impl Store {
    /// A transaction whose statements all see the same moment.
    async fn snapshot(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(self.pool().begin_with(begin).await?)
    }
}

/// The stream's epoch.
async fn epoch(connection: &mut sqlx::PgConnection) -> Result<i64, StoreError> {
    let epoch = sqlx::query_scalar!("SELECT epoch FROM stream_state WHERE id = 0")
        .fetch_one(connection)
        .await?;
    Ok(epoch)
}
