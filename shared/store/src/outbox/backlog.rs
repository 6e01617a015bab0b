use kith_types::Timestamp;

use crate::{Store, StoreError};

/// What the stream has not acknowledged yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Counted up to [`Backlog::COUNTED`].
    pub events: i64,
    /// When the oldest of those counted was committed.
    pub oldest: Option<Timestamp>,
}

impl Backlog {
    /// Counting more costs more than it tells.
    pub const COUNTED: i64 = 10_000;
}

impl Store {
    /// How much the stream has not acknowledged yet.
    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        let row = sqlx::query!(
            r#"
            SELECT count(*) AS "events!", min(created_at) AS oldest
            FROM (SELECT created_at FROM outbox WHERE stream_seq IS NULL LIMIT $1) AS unsettled
            "#,
            Backlog::COUNTED,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(Backlog {
            events: row.events,
            oldest: row.oldest.map(Into::into),
        })
    }
}
