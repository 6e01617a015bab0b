use kith_policy::PeerStanding;
use kith_types::{Domain, Reason};

use super::PeerRow;
use super::audit::{self, Note};
use super::row::{Columns, standing_column};
use crate::columns::moment;
use crate::{Store, StoreError};

/// Decides how another instance stands, which need not be known yet. Blocked: what was known of its people goes. None if it
/// is this instance itself.
pub async fn decide(
    store: &Store,
    domain: &Domain,
    standing: PeerStanding,
    note: &Note<'_>,
) -> Result<Option<PeerRow>, StoreError> {
    let at = store.now();
    let mut tx = store.pool().begin().await?;
    let row = sqlx::query_as!(
        Columns,
        r#"
        INSERT INTO instances (domain, created_at, standing, reason) VALUES ($1, $2, $3, $4)
        ON CONFLICT (domain) DO UPDATE SET standing = excluded.standing, reason = excluded.reason
        WHERE instances.id <> 0
        RETURNING id, domain, standing, reason, software, version, features, discovered_at, greeted_at, failures,
                  last_error, retry_at
        "#,
        domain.as_str(),
        moment(at),
        standing_column(standing),
        note.reason.map(Reason::as_str),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if standing == PeerStanding::Blocked {
        sqlx::query!(
            r#"
            UPDATE users SET kind = 2, username = remote_id, display_name = 'deleted', deleted_at = $2
            WHERE origin = $1 AND deleted_at IS NULL
            "#,
            row.id,
            moment(at),
        )
        .execute(&mut *tx)
        .await?;
    }
    audit::write(store, &mut tx, note, at).await?;
    tx.commit().await?;
    PeerRow::try_from(row).map(Some)
}
