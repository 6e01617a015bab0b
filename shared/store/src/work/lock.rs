use kith_events::Aggregate;
use kith_types::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Locked, Work, key};
use crate::carried::{Carried, Look};
use crate::{Store, StoreError};

impl Store {
    /// Begins a unit of work that will write events of these aggregates.
    ///
    /// [`StoreError::Gone`] if one of them is not there or deleted. The locks are taken users first, then guilds, then
    /// channels, each by id, whatever the order of the list.
    pub async fn begin(&self, aggregates: &[Aggregate]) -> Result<Work, StoreError> {
        let mut aggregates = aggregates.to_vec();
        aggregates.sort_unstable_by_key(|&aggregate| order(aggregate));
        aggregates.dedup();
        let mut locks = Vec::with_capacity(aggregates.len());
        for &aggregate in &aggregates {
            locks.push(self.locks().lock(aggregate).await);
        }
        let mut tx = self.pool().begin().await?;
        let locked = lock_rows(&mut tx, self.carried(), &aggregates).await?;
        Ok(Work {
            store: self.clone(),
            tx,
            locked,
            events: Vec::new(),
            locks,
            now: self.now(),
        })
    }
}

fn order(aggregate: Aggregate) -> (u8, Uuid) {
    let kind = match aggregate {
        Aggregate::User(_) => 0,
        Aggregate::Guild(_) => 1,
        Aggregate::Channel(_) => 2,
    };
    (kind, key(aggregate))
}

async fn lock_rows(
    tx: &mut PgConnection,
    carried: &Carried,
    aggregates: &[Aggregate],
) -> Result<Vec<Locked>, StoreError> {
    let ids = |wanted: u8| -> Vec<Uuid> {
        let sorted = aggregates.iter().map(|&aggregate| order(aggregate));
        sorted
            .filter(|(kind, _)| *kind == wanted)
            .map(|(_, id)| id)
            .collect()
    };
    let (users, guilds, channels) = (ids(0), ids(1), ids(2));
    let mut locked = Vec::with_capacity(aggregates.len());
    if !users.is_empty() {
        lock_users(tx, &users, &mut locked).await?;
    }
    if !guilds.is_empty() {
        lock_guilds(tx, &guilds, &mut locked).await?;
    }
    if !channels.is_empty() {
        lock_channels(tx, &channels, &mut locked).await?;
    }
    if locked.len() < aggregates.len() {
        return Err(StoreError::Gone);
    }
    for locked in &mut locked {
        locked.look = carried.look(locked.aggregate);
    }
    if !locked.is_empty() {
        find_unsettled(tx, &mut locked).await?;
    }
    Ok(locked)
}

// NO KEY: rows that refer to these may be inserted in the meantime; ids do not change.

async fn lock_users(
    tx: &mut PgConnection,
    ids: &[Uuid],
    locked: &mut Vec<Locked>,
) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        "SELECT id, rev FROM users WHERE id = ANY($1) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE",
        ids,
    )
    .fetch_all(tx)
    .await?;
    locked.extend(
        rows.into_iter()
            .map(|row| found(Aggregate::User(row.id.into()), row.rev)),
    );
    Ok(())
}

async fn lock_guilds(
    tx: &mut PgConnection,
    ids: &[Uuid],
    locked: &mut Vec<Locked>,
) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        "SELECT id, rev, access_version FROM guilds WHERE id = ANY($1) AND deleted_at IS NULL \
         ORDER BY id FOR NO KEY UPDATE",
        ids,
    )
    .fetch_all(tx)
    .await?;
    locked.extend(rows.into_iter().map(|row| Locked {
        access_version: Some(row.access_version),
        ..found(Aggregate::Guild(row.id.into()), row.rev)
    }));
    Ok(())
}

async fn lock_channels(
    tx: &mut PgConnection,
    ids: &[Uuid],
    locked: &mut Vec<Locked>,
) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT channels.id, channels.rev, channels.guild_id, guilds.access_version AS "access_version?",
            direct_channels.user_a AS "user_a?", direct_channels.user_b AS "user_b?"
        FROM channels
        LEFT JOIN guilds ON guilds.id = channels.guild_id
        LEFT JOIN direct_channels ON direct_channels.channel_id = channels.id
        WHERE channels.id = ANY($1) AND channels.deleted_at IS NULL AND guilds.deleted_at IS NULL
        ORDER BY channels.id FOR NO KEY UPDATE OF channels
        "#,
        ids,
    )
    .fetch_all(tx)
    .await?;
    locked.extend(rows.into_iter().map(|row| {
        Locked {
            access_version: row.access_version,
            guild: row.guild_id.map(Into::into),
            recipients: [row.user_a, row.user_b]
                .into_iter()
                .flatten()
                .map(UserId::from)
                .collect(),
            ..found(Aggregate::Channel(row.id.into()), row.rev)
        }
    }));
    Ok(())
}

fn found(aggregate: Aggregate, rev: i64) -> Locked {
    Locked {
        aggregate,
        found_rev: rev,
        rev,
        access_version: None,
        access_raised: false,
        guild: None,
        recipients: Vec::new(),
        oldest_unsettled: None,
        look: Look::default(),
    }
}

/// A statement of its own, after the locks: its snapshot has everything that was committed before they were ours.
async fn find_unsettled(tx: &mut PgConnection, locked: &mut [Locked]) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = locked.iter().map(|locked| key(locked.aggregate)).collect();
    let rows = sqlx::query!(
        r#"
        SELECT aggregate_id, min(rev) AS "oldest!" FROM outbox
        WHERE stream_seq IS NULL AND aggregate_id = ANY($1) GROUP BY aggregate_id
        "#,
        &ids,
    )
    .fetch_all(tx)
    .await?;
    for row in rows {
        for locked in locked.iter_mut() {
            if key(locked.aggregate) == row.aggregate_id {
                locked.oldest_unsettled = Some(row.oldest);
            }
        }
    }
    Ok(())
}
