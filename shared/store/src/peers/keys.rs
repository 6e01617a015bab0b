use kith_types::Timestamp;

use crate::{Store, StoreError};

/// A key that another instance has published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    pub id: String,
    /// Ed25519
    pub public_key: [u8; 32],
    /// What is signed with it counts until then.
    pub expires_at: Option<Timestamp>,
}

/// A key of another instance, if it is known.
pub async fn key(
    store: &Store,
    instance: i32,
    key_id: &str,
) -> Result<Option<KnownKey>, StoreError> {
    let row = sqlx::query!(
        "SELECT key_id, public_key, expires_at FROM instance_keys WHERE instance_id = $1 AND key_id = $2",
        instance,
        key_id,
    )
    .fetch_optional(store.pool())
    .await?;
    row.map(|row| {
        let public_key = row.public_key.try_into();
        Ok(KnownKey {
            id: row.key_id,
            public_key: public_key.map_err(|_| StoreError::Corrupt("instance_keys.public_key"))?,
            expires_at: row.expires_at.map(Into::into),
        })
    })
    .transpose()
}
