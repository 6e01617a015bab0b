use kith_types::Domain;

use super::PeerRow;
use super::row::Columns;
use crate::{Store, StoreError};

/// The other instance of this name, if it is known.
pub async fn find(store: &Store, domain: &Domain) -> Result<Option<PeerRow>, StoreError> {
    let row = sqlx::query_as!(
        Columns,
        r#"
        SELECT id, domain, standing, reason, software, version, features, discovered_at, greeted_at, failures,
               last_error, retry_at
        FROM instances WHERE domain = $1 AND id <> 0
        "#,
        domain.as_str(),
    )
    .fetch_optional(store.pool())
    .await?;
    row.map(PeerRow::try_from).transpose()
}

/// The other instances by name, from the one behind `after`, at most `limit`.
pub async fn list(store: &Store, after: &str, limit: i64) -> Result<Vec<PeerRow>, StoreError> {
    let rows = sqlx::query_as!(
        Columns,
        r#"
        SELECT id, domain, standing, reason, software, version, features, discovered_at, greeted_at, failures,
               last_error, retry_at
        FROM instances WHERE domain > $1 AND id <> 0
        ORDER BY domain
        LIMIT $2
        "#,
        after,
        limit,
    )
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(PeerRow::try_from).collect()
}
