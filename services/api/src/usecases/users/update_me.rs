use kith_events::{Aggregate, EventKind, Scope};
use kith_store::{Actor, Store, StoreError, accounts, members};
use kith_types::{DisplayName, UserId};
use kith_wire::{ErrorCode, MemberChange, UpdateMe, User, UserChange};

use crate::Failure;
use crate::outbox::Publisher;

/// How often it begins anew because a guild was joined or deleted meanwhile.
const ATTEMPTS: usize = 4;

/// Changes one's own account. One's devices learn of it, and every guild that one is in.
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
    for _ in 0..ATTEMPTS {
        if let Some(user) = rename(store, publisher, actor.user.id, name).await? {
            return Ok(user);
        }
    }
    Err(ErrorCode::Conflict.into())
}

/// None if the guilds are not the ones any more that were to be told.
async fn rename(
    store: &Store,
    publisher: &Publisher,
    id: UserId,
    name: &DisplayName,
) -> Result<Option<User>, Failure> {
    let told = accounts::joined_guilds(store, id).await?;
    let guilds = told.iter().copied().map(Aggregate::Guild);
    let aggregates: Vec<_> = guilds.chain([Aggregate::User(id)]).collect();
    let mut work = match store.begin(&aggregates).await {
        Ok(work) => work,
        Err(StoreError::Gone) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    // Who joins locks the user too. So from here on none is added, and one that was meanwhile is seen.
    let joined = accounts::joined_guilds_locked(&mut work, id).await?;
    if !joined.iter().all(|guild| told.contains(guild)) {
        return Ok(None);
    }
    let user = accounts::rename(&mut work, id, name).await?;
    let user = user.ok_or_else(Failure::not_found)?;
    let own = user.clone();
    work.emit(Scope::User(id), EventKind::UserUpdate, |event_id, rev| {
        UserChange {
            event_id,
            rev,
            user: own,
        }
    })?;
    for guild in joined {
        let member = members::find(work.tx(), guild, id).await?;
        let member = member.ok_or_else(Failure::not_found)?;
        work.emit(
            Scope::Guild(guild),
            EventKind::GuildMemberUpdate,
            |event_id, rev| MemberChange {
                event_id,
                rev,
                member,
            },
        )?;
    }
    publisher.publish(work.commit().await?);
    Ok(Some(user))
}
