use kith_events::Aggregate;
use uuid::Uuid;

use crate::columns::moment;
use crate::work::key;
use crate::{Store, StoreError};

/// An event that the stream has acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    pub aggregate: Aggregate,
    pub rev: i64,
    /// Where it is in the stream.
    pub stream_seq: u64,
}

impl Store {
    /// Notes where events are in the stream. Those that were settled before stay as they are.
    pub async fn settle(&self, events: &[Settled]) -> Result<(), StoreError> {
        let aggregates: Vec<Uuid> = events.iter().map(|event| key(event.aggregate)).collect();
        let revs: Vec<i64> = events.iter().map(|event| event.rev).collect();
        let seqs: Vec<i64> = events.iter().map(|event| event.stream_seq as i64).collect();
        sqlx::query!(
            r#"
            UPDATE outbox SET stream_seq = settled.stream_seq, settled_at = $4
            FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS settled (aggregate_id, rev, stream_seq)
            WHERE outbox.aggregate_id = settled.aggregate_id AND outbox.rev = settled.rev AND outbox.stream_seq IS NULL
            "#,
            &aggregates,
            &revs,
            &seqs,
            moment(self.now()),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
