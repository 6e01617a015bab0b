use kith_types::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;

/// How much may be kept, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageBounds {
    /// For one account.
    pub account: i64,
    /// For all accounts together.
    pub instance: i64,
}

/// What is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFull {
    /// What the account may keep; it keeps so many bytes without this file.
    Account { used: i64 },
    /// What all together may keep.
    Instance,
}

/// Whether all that this account sends, what was counted in this transaction included, is within bounds.
pub(super) async fn check(
    connection: &mut PgConnection,
    account: UserId,
    adding: i64,
    bounds: StorageBounds,
) -> Result<Option<StorageFull>, StoreError> {
    // The rows are locked since they were counted, so the answer is true until the end of the transaction.
    let row = sqlx::query!(
        r#"
        SELECT coalesce((SELECT bytes FROM stored_bytes WHERE account_id = $1), 0) AS "own!",
            coalesce((SELECT bytes FROM stored_bytes WHERE account_id = $2), 0) AS "all!"
        "#,
        account.uuid(),
        Uuid::nil(),
    )
    .fetch_one(connection)
    .await?;
    Ok(if row.own > bounds.account {
        let used = row.own - adding;
        Some(StorageFull::Account { used })
    } else if row.all > bounds.instance {
        Some(StorageFull::Instance)
    } else {
        None
    })
}
