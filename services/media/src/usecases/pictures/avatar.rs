use kith_store::accounts::ProfileChange;
use kith_store::pictures::{NewPicture, PictureKind, set_avatar};
use kith_types::UserId;
use kith_wire::{ErrorCode, User};

use super::take::{give_up, nudge, store, take};
use crate::usecases::incoming::Incoming;
use crate::{Core, Failure};

/// Gives a person the picture that they send. Those who share a guild or a direct message with them learn of it.
pub(crate) async fn put_avatar(
    core: &Core,
    user: UserId,
    mut incoming: Incoming,
) -> Result<User, Failure> {
    let made = match take(core, &mut incoming).await {
        Ok(made) => made,
        Err(failure) => {
            incoming.drain(core.bounds).await;
            return Err(failure);
        }
    };
    let picture = store(core, PictureKind::Avatar, user, made).await?;
    let changed = change(core, user, Some(&picture)).await;
    if changed.is_err() {
        give_up(core, picture.id).await;
    }
    changed
}

/// Takes a person's picture away.
pub(crate) async fn remove_avatar(core: &Core, user: &User) -> Result<(), Failure> {
    if user.avatar.is_some() {
        change(core, user.id, None).await?;
    }
    Ok(())
}

async fn change(core: &Core, user: UserId, picture: Option<&NewPicture>) -> Result<User, Failure> {
    let change = ProfileChange::begin(&core.store, user).await?;
    let mut change = change.ok_or(ErrorCode::Conflict)?;
    let changed = set_avatar(&mut change.work, user, picture).await?;
    let changed = changed.ok_or_else(Failure::not_found)?;
    change.tell(&changed).await?;
    change.work.commit_for_relay().await?;
    nudge(core).await;
    Ok(changed)
}
