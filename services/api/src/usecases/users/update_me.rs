use kith_store::accounts::{self, ProfileChange};
use kith_store::{Actor, Store};
use kith_wire::{ErrorCode, UpdateMe, User};

use crate::Failure;
use crate::outbox::Publisher;

/// Changes one's own account. One's devices learn of it, and those who share a guild or a direct message with it.
pub(crate) async fn update_me(
    store: &Store,
    publisher: &Publisher,
    actor: Actor,
    body: &UpdateMe,
) -> Result<User, Failure> {
    let changed = body.display_name.as_ref();
    let Some(name) = changed.filter(|name| name.as_str() != actor.user.display_name) else {
        return Ok(actor.user);
    };
    let change = ProfileChange::begin(store, actor.user.id).await?;
    let mut change = change.ok_or(ErrorCode::Conflict)?;
    let user = accounts::rename(&mut change.work, actor.user.id, name).await?;
    let user = user.ok_or_else(Failure::not_found)?;
    change.tell(&user).await?;
    publisher.publish(change.work.commit().await?);
    Ok(user)
}
