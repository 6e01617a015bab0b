use kith_events::{Aggregate, EventKind, Scope};
use kith_store::guilds::{MAX_PER_USER, NewGuild};
use kith_store::{Store, guilds, members};
use kith_types::{GuildId, UserId};
use kith_wire::{CreateGuild, Guild, MemberChange};

use super::too_many_guilds;
use crate::Failure;
use crate::outbox::Publisher;

/// Founds a guild. The owner's join is an event like any other, so that their open sockets get the guild.
pub(crate) async fn create(
    store: &Store,
    publisher: &Publisher,
    owner: UserId,
    body: &CreateGuild,
) -> Result<Guild, Failure> {
    // The founder's row is locked, so that two at once cannot both be the last that is allowed.
    let mut work = store.begin(&[Aggregate::User(owner)]).await?;
    if guilds::count_joined(work.tx(), owner).await? >= MAX_PER_USER {
        return Err(too_many_guilds());
    }
    let id: GuildId = work.mint()?;
    let new = NewGuild {
        id,
        name: &body.name,
        owner,
        channel: work.mint()?,
        voice: work.mint()?,
        created_at: work.now(),
    };
    guilds::create(&mut work, &new).await?;
    let guild = guilds::find(work.tx(), id)
        .await?
        .ok_or_else(Failure::not_found)?;
    let member = members::find(work.tx(), id, owner)
        .await?
        .ok_or_else(Failure::not_found)?;
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
