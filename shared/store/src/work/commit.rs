use std::collections::HashMap;

use kith_events::{Aggregate, EventHead, Scope, StoredEvent, subject};
use kith_types::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Committed, Locked, Outgoing, Pending, Standing, Work, aggregate_of, key};
use crate::StoreError;
use crate::columns::moment;
use crate::outbox::FOR_THE_RELAY;

impl Work {
    /// Writes the counters and the events, and commits. Give the result to the publisher.
    pub async fn commit(self) -> Result<Committed, StoreError> {
        self.commit_as(false).await
    }

    /// As [`Self::commit`], in a process that publishes nothing itself: the events are left to the relay, which looks for
    /// them when it is nudged.
    pub async fn commit_for_relay(self) -> Result<(), StoreError> {
        let committed = self.commit_as(true).await?;
        committed.hand_over(drop);
        Ok(())
    }

    async fn commit_as(mut self, relayed: bool) -> Result<Committed, StoreError> {
        let traceparent = self.store.traceparent();
        let pending = std::mem::take(&mut self.events);
        let mut events = Vec::with_capacity(pending.len());
        for event in &pending {
            events.push(self.outgoing(event, traceparent.clone())?);
        }
        write_counters(&mut self.tx, &self.locked).await?;
        if !events.is_empty() {
            let writers = if relayed {
                vec![FOR_THE_RELAY; events.len()]
            } else {
                self.writers(&events)?
            };
            self.write_outbox(&events, &writers).await?;
        }
        self.tx.commit().await?;
        Ok(Committed::new(events, self.locks))
    }

    fn outgoing(
        &self,
        event: &Pending,
        traceparent: Option<String>,
    ) -> Result<Outgoing, StoreError> {
        let locked = self.locked(aggregate_of(event.scope, event.kind))?;
        // The version as it is at the end: it may have been raised after the event was added.
        let access_version = match event.scope {
            Scope::Guild(guild) => self.locked(Aggregate::Guild(guild))?.access_version,
            Scope::Channel(..) => locked.access_version,
            Scope::Direct(_) | Scope::User(_) => None,
        };
        let recipients = match event.scope {
            Scope::Direct(_) => locked.recipients.clone(),
            _ => Vec::new(),
        };
        let is_first = event.rev == locked.found_rev + 1;
        let standing = match locked.oldest_unsettled {
            // Those that follow in the same transaction stand behind it.
            _ if !is_first => Standing::From(locked.found_rev + 1, locked.look),
            Some(oldest) => Standing::From(oldest, locked.look),
            None => Standing::Clear,
        };
        Ok(Outgoing {
            event: StoredEvent {
                head: EventHead {
                    id: event.id,
                    scope: event.scope,
                    kind: event.kind,
                    rev: event.rev,
                    seq: None,
                    access_version,
                    recipients,
                },
                payload: event.payload.fill(event.rev, None),
                traceparent,
            },
            standing,
        })
    }

    /// Who will publish each event, as things stand: a hint for the relay, so that it takes its share at once. The
    /// publisher decides when it takes them.
    fn writers(&self, events: &[Outgoing]) -> Result<Vec<i16>, StoreError> {
        let worker = self.store.worker().number()?;
        let mut decided: HashMap<Aggregate, i16> = HashMap::new();
        let writer = |Outgoing { event, standing }: &Outgoing| {
            let (aggregate, rev) = (event.head.aggregate(), event.head.rev);
            // The first one of an aggregate decides for those that follow it.
            *decided.entry(aggregate).or_insert_with(|| {
                let direct = self.store.carried().would_take(aggregate, rev, *standing);
                if direct { worker } else { FOR_THE_RELAY }
            })
        };
        Ok(events.iter().map(writer).collect())
    }

    async fn write_outbox(
        &mut self,
        events: &[Outgoing],
        writers: &[i16],
    ) -> Result<(), StoreError> {
        let heads = || events.iter().map(|outgoing| &outgoing.event.head);
        let recipient = |head: &EventHead, index: usize| -> Option<Uuid> {
            head.recipients.get(index).copied().map(UserId::uuid)
        };
        let ids: Vec<Uuid> = heads().map(|head| head.id.uuid()).collect();
        let aggregates: Vec<Uuid> = heads().map(|head| key(head.aggregate())).collect();
        let revs: Vec<i64> = heads().map(|head| head.rev).collect();
        let versions: Vec<Option<i64>> = heads().map(|head| head.access_version).collect();
        // An array of arrays does not unnest by rows; a direct message has two people at most.
        let first: Vec<Option<Uuid>> = heads().map(|head| recipient(head, 0)).collect();
        let second: Vec<Option<Uuid>> = heads().map(|head| recipient(head, 1)).collect();
        let subjects: Vec<String> = heads().map(|head| subject(head.scope, head.kind)).collect();
        let payloads: Vec<String> = events
            .iter()
            .map(|outgoing| String::from_utf8_lossy(&outgoing.event.payload).into_owned())
            .collect();
        let traceparent = events
            .first()
            .and_then(|first| first.event.traceparent.clone());
        sqlx::query!(
            r#"
            INSERT INTO outbox
                (event_id, aggregate_id, rev, access_version, recipients, subject, payload, writer, traceparent, created_at)
            SELECT event_id, aggregate_id, rev, access_version, array_remove(ARRAY[first, second], NULL), subject, payload,
                writer, $10, $11
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
                    $9::smallint[])
                AS event (event_id, aggregate_id, rev, access_version, first, second, subject, payload, writer)
            "#,
            &ids,
            &aggregates,
            &revs,
            &versions as &[Option<i64>],
            &first as &[Option<Uuid>],
            &second as &[Option<Uuid>],
            &subjects,
            &payloads,
            writers,
            traceparent,
            moment(self.now),
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

async fn write_counters(tx: &mut PgConnection, locked: &[Locked]) -> Result<(), StoreError> {
    let changed = locked
        .iter()
        .filter(|locked| locked.rev != locked.found_rev || locked.access_raised);
    for locked in changed {
        let id = key(locked.aggregate);
        match locked.aggregate {
            Aggregate::User(_) => {
                sqlx::query!("UPDATE users SET rev = $2 WHERE id = $1", id, locked.rev)
                    .execute(&mut *tx)
                    .await?
            }
            Aggregate::Guild(_) => {
                sqlx::query!(
                    "UPDATE guilds SET rev = $2, access_version = $3 WHERE id = $1",
                    id,
                    locked.rev,
                    locked.access_version.unwrap_or(1),
                )
                .execute(&mut *tx)
                .await?
            }
            Aggregate::Channel(_) => {
                sqlx::query!("UPDATE channels SET rev = $2 WHERE id = $1", id, locked.rev)
                    .execute(&mut *tx)
                    .await?
            }
        };
    }
    Ok(())
}
