use kith_events::{EventKind, Scope};
use kith_policy::{MemberFacts, OwnGuild};
use kith_store::{Store, guilds};
use kith_wire::GuildDelete;

use super::Act;
use crate::Failure;
use crate::outbox::Publisher;

/// Deletes the guild; everything in it is out of reach from then on.
pub(crate) async fn delete(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
) -> Result<(), Failure> {
    let mut act = Act::<OwnGuild>::begin(store, member).await?;
    let guild_id = act.guild();
    guilds::delete(&mut act.work, &act.granted).await?;
    act.work.raise_access(guild_id)?;
    act.work.emit(
        Scope::Guild(guild_id),
        EventKind::GuildDelete,
        |event_id, rev| GuildDelete {
            event_id,
            rev,
            guild_id,
        },
    )?;
    act.finish(publisher).await
}
