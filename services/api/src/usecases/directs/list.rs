use kith_store::{Actor, Store, directs};
use kith_wire::Channel;

use crate::Failure;

/// As many as a client shows; older ones come back when somebody writes in them.
const MOST: i64 = 200;

/// One's own direct messages, the last used first.
pub(crate) async fn list(store: &Store, actor: &Actor) -> Result<Vec<Channel>, Failure> {
    Ok(directs::list(store, actor.user.id, MOST).await?)
}
