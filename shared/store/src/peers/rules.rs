use kith_policy::RuleKind;
use kith_types::{DomainPattern, Reason, Timestamp};

use super::audit::{self, Note};
use crate::columns::moment;
use crate::{Store, StoreError};
use sqlx::{Postgres, Transaction};

/// More rules than anybody keeps by hand; all of them are read for each decision.
const MOST: i64 = 10_000;

/// A rule about the instances that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRow {
    pub pattern: DomainPattern,
    pub kind: RuleKind,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}

fn kind(column: i16) -> Result<RuleKind, StoreError> {
    match column {
        0 => Ok(RuleKind::Allow),
        1 => Ok(RuleKind::Deny),
        _ => Err(StoreError::Corrupt("peer_rules.kind")),
    }
}

fn pattern(column: &str) -> Result<DomainPattern, StoreError> {
    column
        .parse()
        .map_err(|_| StoreError::Corrupt("peer_rules.pattern"))
}

/// All rules, for a decision.
pub async fn rules(store: &Store) -> Result<Vec<(DomainPattern, RuleKind)>, StoreError> {
    let rows = sqlx::query!("SELECT pattern, kind FROM peer_rules LIMIT $1", MOST)
        .fetch_all(store.pool())
        .await?;
    rows.into_iter()
        .map(|row| Ok((pattern(&row.pattern)?, kind(row.kind)?)))
        .collect()
}

/// The rules by pattern, from the one behind `after`, at most `limit`.
pub async fn list_rules(
    store: &Store,
    after: &str,
    limit: i64,
) -> Result<Vec<RuleRow>, StoreError> {
    let rows = sqlx::query!(
        "SELECT pattern, kind, reason, created_at FROM peer_rules WHERE pattern > $1 ORDER BY pattern LIMIT $2",
        after,
        limit,
    )
    .fetch_all(store.pool())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(RuleRow {
                pattern: pattern(&row.pattern)?,
                kind: kind(row.kind)?,
                reason: row.reason,
                created_at: row.created_at.into(),
            })
        })
        .collect()
}

/// Makes a rule, or changes the one that is there. False if there may not be more.
pub async fn put_rule(
    store: &Store,
    about: &DomainPattern,
    kind: RuleKind,
    note: &Note<'_>,
) -> Result<bool, StoreError> {
    let column = match kind {
        RuleKind::Allow => 0_i16,
        RuleKind::Deny => 1,
    };
    let at = store.now();
    let mut tx = store.pool().begin().await?;
    let done = sqlx::query!(
        r#"
        INSERT INTO peer_rules (pattern, kind, reason, created_by, created_at)
        SELECT $1, $2, $3, $4, $5
        WHERE (SELECT count(*) FROM peer_rules WHERE pattern <> $1) < $6
        ON CONFLICT (pattern) DO UPDATE SET kind = excluded.kind, reason = excluded.reason,
            created_by = excluded.created_by, created_at = excluded.created_at
        "#,
        about.to_string(),
        column,
        note.reason.map(Reason::as_str),
        note.actor.uuid(),
        moment(at),
        MOST,
    )
    .execute(&mut *tx)
    .await?;
    finish(store, tx, done.rows_affected() > 0, note, at).await
}

/// Takes a rule back. Whether it was there.
pub async fn remove_rule(
    store: &Store,
    about: &DomainPattern,
    note: &Note<'_>,
) -> Result<bool, StoreError> {
    let mut tx = store.pool().begin().await?;
    let done = sqlx::query!(
        "DELETE FROM peer_rules WHERE pattern = $1",
        about.to_string(),
    )
    .execute(&mut *tx)
    .await?;
    finish(store, tx, done.rows_affected() > 0, note, store.now()).await
}

/// Notes what was done, if something was.
async fn finish(
    store: &Store,
    mut tx: Transaction<'_, Postgres>,
    done: bool,
    note: &Note<'_>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    if done {
        audit::write(store, &mut tx, note, at).await?;
        tx.commit().await?;
    }
    Ok(done)
}
