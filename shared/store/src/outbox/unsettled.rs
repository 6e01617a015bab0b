use kith_events::{EventHead, Payload, StoredEvent, parse_subject};
use kith_types::{Timestamp, UserId};

use super::FOR_THE_RELAY;
use crate::columns::moment;
use crate::{Store, StoreError};

impl Store {
    /// Events for the relay, at most `limit`: of aggregates that have something left to the relay or older than `before`,
    /// the first `each` that the stream has not acknowledged; those of one aggregate stand together, by rev.
    pub async fn unsettled(
        &self,
        before: Timestamp,
        each: i64,
        limit: i64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = sqlx::query!(
            r#"
            SELECT event.event_id, event.rev, event.seq, event.access_version, event.recipients, event.subject,
                event.payload, event.traceparent
            FROM (
                SELECT aggregate_id FROM outbox
                WHERE stream_seq IS NULL AND (writer = $1 OR created_at < $2)
                GROUP BY aggregate_id LIMIT $4
            ) AS due
            CROSS JOIN LATERAL (
                SELECT * FROM outbox
                WHERE outbox.aggregate_id = due.aggregate_id AND stream_seq IS NULL ORDER BY rev LIMIT $3
            ) AS event
            ORDER BY event.aggregate_id, event.rev LIMIT $4
            "#,
            FOR_THE_RELAY,
            moment(before),
            each,
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|row| {
                let (scope, kind) = parse_subject(&row.subject)
                    .map_err(|_| StoreError::Corrupt("outbox.subject"))?;
                Ok(StoredEvent {
                    head: EventHead {
                        id: row.event_id.into(),
                        scope,
                        kind,
                        rev: row.rev,
                        seq: row.seq,
                        access_version: row.access_version,
                        recipients: row.recipients.into_iter().map(UserId::from).collect(),
                    },
                    payload: Payload::from_column(row.payload).fill(row.rev, row.seq),
                    traceparent: row.traceparent,
                })
            })
            .collect()
    }
}
