use kith_store::peers::{self, KnownKey, Learnt, PeerRow};
use kith_types::{Domain, Timestamp};
use kith_wire::InstanceDocument;

use super::AskError;
use super::ask::{fetch, public_key};
use crate::Core;
use crate::keys::ALGORITHM;

/// A document is read again after this long, so that a key that was taken back counts no longer than that.
const FRESH_SECONDS: i64 = 6 * 3600;
/// More keys than a rotation leaves.
const MOST_KEYS: usize = 16;

/// Whether what was read of an instance's document is too old to be relied on.
pub(crate) fn is_stale(peer: &PeerRow, now: Timestamp) -> bool {
    peer.discovered_at
        .is_none_or(|read| read.plus_seconds(FRESH_SECONDS) <= now)
}

/// Reads an instance's document and writes down its keys. Whether we speak with it is for the caller to ask.
pub(crate) async fn discover(core: &Core, domain: &Domain) -> Result<i32, AskError> {
    let document: InstanceDocument = fetch(core, domain, "/.well-known/kith").await?;
    if document.domain != *domain {
        return Err(AskError::Impossible("its document is another instance's"));
    }
    let known = document
        .keys
        .iter()
        .filter(|key| key.algorithm == ALGORITHM);
    let keys: Vec<_> = known
        .take(MOST_KEYS)
        .filter_map(|key| {
            Some(KnownKey {
                id: key.id.clone(),
                public_key: public_key(&key.public_key)?,
                expires_at: key.expires_at,
            })
        })
        .collect();
    let learnt = Learnt {
        domain,
        keys: &keys,
        at: core.now(),
    };
    let id = peers::learn(&core.store, &learnt).await?;
    tracing::info!(peer.domain = %domain, peer.keys = keys.len(), "another instance was discovered");
    Ok(id)
}
