use kith_types::{Domain, Timestamp};

use super::KnownKey;
use crate::columns::moment;
use crate::{Store, StoreError};

/// What an instance's document says.
#[derive(Debug)]
pub struct Learnt<'a> {
    pub domain: &'a Domain,
    pub keys: &'a [KnownKey],
    pub at: Timestamp,
}

/// Writes down what an instance's document says: its keys are those, and no others. Its number.
pub async fn learn(store: &Store, learnt: &Learnt<'_>) -> Result<i32, StoreError> {
    let mut tx = store.pool().begin().await?;
    // The row's lock makes two who read the document at once write one after the other. 0 is this instance itself.
    let id = sqlx::query_scalar!(
        r#"
        INSERT INTO instances (domain, created_at, discovered_at) VALUES ($1, $2, $2)
        ON CONFLICT (domain) DO UPDATE SET discovered_at = excluded.discovered_at WHERE instances.id <> 0
        RETURNING id
        "#,
        learnt.domain.as_str(),
        moment(learnt.at),
    )
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM instance_keys WHERE instance_id = $1", id)
        .execute(&mut *tx)
        .await?;
    for key in learnt.keys {
        sqlx::query!(
            r#"
            INSERT INTO instance_keys (instance_id, key_id, public_key, expires_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            "#,
            id,
            key.id,
            &key.public_key[..],
            key.expires_at.map(moment),
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(id)
}
