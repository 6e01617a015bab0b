use kith_types::{EventId, Timestamp};

use super::FOR_THE_RELAY;
use crate::columns::moment;
use crate::{Store, StoreError};

/// The event with the highest sequence that the stream has acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    pub event: EventId,
    pub stream_seq: u64,
}

/// The stream as its server describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamSeen {
    /// When it was made; another time means that it was made anew.
    pub created: Timestamp,
    pub last_seq: u64,
}

/// What comparing the outbox with the stream came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconciled {
    /// The stream has all that it acknowledged.
    Complete,
    /// It has lost so many events of those that are still kept here; they are unsettled again, and the epoch is raised.
    Lost { events: u64, epoch: i64 },
}

impl Store {
    /// The newest event that the stream has acknowledged, as far as is known. Read it before looking at the stream:
    /// afterwards the stream can only have more.
    pub async fn newest_settled(&self) -> Result<Option<Newest>, StoreError> {
        let newest = sqlx::query!(
            r#"
            SELECT event_id, stream_seq AS "stream_seq!" FROM outbox
            WHERE stream_seq IS NOT NULL ORDER BY stream_seq DESC LIMIT 1
            "#
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(newest.map(|row| Newest {
            event: row.event_id.into(),
            stream_seq: row.stream_seq as u64,
        }))
    }

    /// Compares what was settled with what the stream has. `highest` was read before `stream` was looked at. Only the holder of
    /// the relay's lease does this.
    pub async fn reconcile(
        &self,
        highest: Option<u64>,
        stream: StreamSeen,
    ) -> Result<Reconciled, StoreError> {
        let mut tx = self.pool().begin().await?;
        let known = sqlx::query!("SELECT created_at FROM stream_state WHERE id = 0")
            .fetch_one(&mut *tx)
            .await?
            .created_at
            .map(Timestamp::from);
        let anew = known.is_some_and(|created| created != stream.created);
        let shorter = highest.is_some_and(|highest| highest > stream.last_seq);
        if known.is_some() && !anew && !shorter {
            return Ok(Reconciled::Complete);
        }
        // Of a stream made anew nothing that was settled is there, whatever the numbers say.
        let kept = if anew { 0 } else { stream.last_seq as i64 };
        let lost = sqlx::query!(
            "UPDATE outbox SET stream_seq = NULL, settled_at = NULL, writer = $2 WHERE stream_seq > $1",
            kept,
            FOR_THE_RELAY,
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let epoch = sqlx::query_scalar!(
            "UPDATE stream_state SET epoch = epoch + $2, created_at = $1 WHERE id = 0 RETURNING epoch",
            moment(stream.created),
            i64::from(anew || shorter),
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        if anew || shorter {
            Ok(Reconciled::Lost {
                events: lost,
                epoch,
            })
        } else {
            Ok(Reconciled::Complete)
        }
    }
}
