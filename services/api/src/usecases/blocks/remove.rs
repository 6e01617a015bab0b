use kith_events::{Aggregate, EventKind, Scope};
use kith_store::{Actor, Store, blocks};
use kith_types::UserId;
use kith_wire::BlockChange;

use crate::Failure;
use crate::outbox::Publisher;

/// Ends a block. To end one that is not there changes nothing.
pub(crate) async fn remove(
    store: &Store,
    publisher: &Publisher,
    actor: &Actor,
    blocked: UserId,
) -> Result<(), Failure> {
    let user = actor.user.id;
    let mut work = store.begin(&[Aggregate::User(user)]).await?;
    if blocks::remove(&mut work, user, blocked).await? {
        work.emit(
            Scope::User(user),
            EventKind::BlockRemove,
            |event_id, rev| BlockChange {
                event_id,
                rev,
                user_id: blocked,
            },
        )?;
    }
    publisher.publish(work.commit().await?);
    Ok(())
}
