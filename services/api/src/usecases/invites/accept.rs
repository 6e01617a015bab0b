use kith_events::{Aggregate, EventKind, Scope};
use kith_store::guilds::MAX_PER_USER;
use kith_store::{Store, guilds, invites, members, messages};
use kith_types::{InviteCode, UserId};
use kith_wire::{Guild, MemberChange};

use super::{banned, expired};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels;
use crate::usecases::guilds::too_many_guilds;

/// Joins the guild. Who is a member already gets it without a use being counted.
pub(crate) async fn accept(
    store: &Store,
    publisher: &Publisher,
    user: UserId,
    code: &InviteCode,
) -> Result<Guild, Failure> {
    let found = invites::find(&mut *store.connection().await?, code, store.now()).await?;
    let id = found.ok_or_else(Failure::not_found)?.guild;
    // From here on the guild's row is locked against a ban, and the user's against a join elsewhere.
    let mut work = store
        .begin(&[Aggregate::User(user), Aggregate::Guild(id)])
        .await?;
    let guild = guilds::find(work.tx(), id)
        .await?
        .ok_or_else(Failure::not_found)?;
    let entry = guilds::entry(work.tx(), id, user).await?;
    if entry.banned {
        return Err(banned());
    }
    if entry.member {
        return Ok(guild);
    }
    if guilds::count_joined(work.tx(), user).await? >= MAX_PER_USER {
        return Err(too_many_guilds());
    }
    if !invites::take_use(&mut work, code).await? {
        return Err(expired());
    }
    members::add(&mut work, id, user).await?;
    messages::begin_again(&mut work, user, id).await?;
    // What channels allowed them as a member of before ended with that; an exception may be older than this rule.
    channels::forget(&mut work, id, user).await?;
    let member = members::find(work.tx(), id, user)
        .await?
        .ok_or_else(Failure::not_found)?;
    work.raise_access(id)?;
    work.emit(
        Scope::Guild(id),
        EventKind::GuildMemberAdd,
        |event_id, rev| MemberChange {
            event_id,
            rev,
            member,
        },
    )?;
    publisher.publish(work.commit().await?);
    Ok(guild)
}
