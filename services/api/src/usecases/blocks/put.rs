use kith_events::{Aggregate, EventKind, Scope};
use kith_store::{Actor, Store, blocks, directs};
use kith_types::UserId;
use kith_wire::{BlockChange, ErrorCode};

use crate::Failure;
use crate::outbox::Publisher;

/// How many one may block.
pub(super) const MOST: i64 = 1000;

/// Blocks somebody: neither can write to the other directly. To block twice changes nothing.
pub(crate) async fn put(
    store: &Store,
    publisher: &Publisher,
    actor: &Actor,
    blocked: UserId,
) -> Result<(), Failure> {
    let user = actor.user.id;
    if user == blocked {
        return Err(Failure::field("user", "nobody can block themselves"));
    }
    let mut work = store.begin(&[Aggregate::User(user)]).await?;
    directs::standing_locked(&mut work, user, blocked)
        .await?
        .ok_or_else(Failure::not_found)?;
    if blocks::count(&mut work, user).await? >= MOST {
        return Err(Failure::refused(
            ErrorCode::LimitReached,
            format!("you have blocked {MOST} people, as many as one may"),
        ));
    }
    if blocks::put(&mut work, user, blocked).await? {
        work.emit(Scope::User(user), EventKind::BlockAdd, |event_id, rev| {
            BlockChange {
                event_id,
                rev,
                user_id: blocked,
            }
        })?;
    }
    publisher.publish(work.commit().await?);
    Ok(())
}
