use kith_store::{Actor, Store, blocks};
use kith_wire::Block;

use super::put::MOST;
use crate::Failure;

/// Whom one has blocked, the latest first.
pub(crate) async fn list(store: &Store, actor: &Actor) -> Result<Vec<Block>, Failure> {
    Ok(blocks::list(store, actor.user.id, MOST).await?)
}
