use kith_events::{Aggregate, EventKind, Scope};
use kith_store::{Actor, Store, accounts, members};
use kith_wire::{MemberChange, UpdateMe, User, UserChange};

use crate::Failure;
use crate::outbox::Publisher;

/// Changes one's own account. One's devices learn of it, and every guild that one is in.
pub(crate) async fn update_me(
    store: &Store,
    publisher: &Publisher,
    actor: Actor,
    body: &UpdateMe,
) -> Result<User, Failure> {
    let Some(display_name) = &body.display_name else {
        return Ok(actor.user);
    };
    let id = actor.user.id;
    let guilds = accounts::joined_guilds(store, id).await?;
    let mut aggregates = vec![Aggregate::User(id)];
    aggregates.extend(guilds.iter().copied().map(Aggregate::Guild));
    let mut work = store.begin(&aggregates).await?;
    let user = accounts::rename(&mut work, id, display_name).await?;
    let user = user.ok_or_else(Failure::not_found)?;
    let own = user.clone();
    work.emit(Scope::User(id), EventKind::UserUpdate, |event_id, rev| {
        UserChange {
            event_id,
            rev,
            user: own,
        }
    })?;
    for guild in guilds {
        // Left between the list and the lock.
        let Some(member) = members::find(work.tx(), guild, id).await? else {
            continue;
        };
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
    Ok(user)
}
