use kith_types::{Domain, Timestamp};

use super::PeerRow;
use super::row::{Columns, Greeting};
use crate::columns::moment;
use crate::{Store, StoreError};

/// A hello went well: the instance is there.
pub async fn greeted(
    store: &Store,
    instance: i32,
    greeting: &Greeting,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        UPDATE instances SET software = $2, version = $3, features = $4, greeted_at = $5,
               failures = 0, last_error = NULL, retry_at = NULL
        WHERE id = $1 AND id <> 0
        "#,
        instance,
        greeting.software,
        greeting.version,
        &greeting.features,
        moment(at),
    )
    .execute(store.pool())
    .await?;
    Ok(())
}

/// An instance could not be asked.
#[derive(Debug, Clone, Copy)]
pub struct Failed<'a> {
    pub domain: &'a Domain,
    /// Of a closed list.
    pub error: &'static str,
    /// The wait after the first failure; it doubles with each.
    pub first_seconds: f64,
    pub longest_seconds: f64,
    pub at: Timestamp,
}

/// Notes a failure of an instance that is known: how long it is left alone, in seconds. None if it is not known.
///
/// Failures that are found while it is left alone anyway, of requests that were under way, count as one.
pub async fn failed(store: &Store, failed: &Failed<'_>) -> Result<Option<f64>, StoreError> {
    let wait = sqlx::query_scalar!(
        r#"
        UPDATE instances SET
            failures = failures + 1,
            last_error = $2,
            retry_at = $5::timestamptz + make_interval(secs => least($3 * power(2, least(failures, 30)), $4))
        WHERE domain = $1 AND id <> 0 AND (retry_at IS NULL OR retry_at <= $5)
        RETURNING extract(epoch FROM retry_at - $5)::double precision AS "wait!"
        "#,
        failed.domain.as_str(),
        failed.error,
        failed.first_seconds,
        failed.longest_seconds,
        moment(failed.at),
    )
    .fetch_optional(store.pool())
    .await?;
    Ok(wait)
}

/// Instances that have failed and whose wait is over, at most `limit`.
pub async fn due(store: &Store, at: Timestamp, limit: i64) -> Result<Vec<PeerRow>, StoreError> {
    let rows = sqlx::query_as!(
        Columns,
        r#"
        SELECT id, domain, standing, reason, software, version, features, discovered_at, greeted_at, failures,
               last_error, retry_at
        FROM instances WHERE failures > 0 AND retry_at <= $1 AND standing = 0 AND id <> 0
        ORDER BY retry_at
        LIMIT $2
        "#,
        moment(at),
        limit,
    )
    .fetch_all(store.pool())
    .await?;
    rows.into_iter().map(PeerRow::try_from).collect()
}
