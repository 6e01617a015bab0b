use kith_events::{EventKind, Scope};
use kith_policy::{MemberFacts, TakePart};
use kith_store::{Store, members};
use kith_wire::{ErrorCode, MemberRemove};

use super::Act;
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels;

fn owner() -> Failure {
    Failure::refused(
        ErrorCode::OwnerCannotLeave,
        "the owner cannot leave their guild: delete it",
    )
}

/// Ends one's own membership.
pub(crate) async fn leave(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
) -> Result<(), Failure> {
    let mut act = Act::<TakePart>::begin(store, member).await?;
    if act.actor.is_owner() {
        return Err(owner());
    }
    let (guild_id, user_id) = (act.guild(), act.actor.user);
    members::remove(&mut act.work, &act.granted, user_id).await?;
    act.work.raise_access(guild_id)?;
    channels::forget(&mut act.work, guild_id, user_id).await?;
    act.work.emit(
        Scope::Guild(guild_id),
        EventKind::GuildMemberRemove,
        |event_id, rev| MemberRemove {
            event_id,
            rev,
            guild_id,
            user_id,
        },
    )?;
    act.finish(publisher).await
}
