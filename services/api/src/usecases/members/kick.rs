use kith_events::{EventKind, Scope};
use kith_policy::{KickMembers, MemberFacts};
use kith_store::{Store, members};
use kith_types::UserId;
use kith_wire::{AuditAction, MemberRemove};
use serde_json::json;

use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels;
use crate::usecases::guilds::Act;

/// Sends a member below oneself away; they may come back by an invite.
pub(crate) async fn kick(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    user_id: UserId,
) -> Result<(), Failure> {
    let mut act = Act::<KickMembers>::begin(store, member).await?;
    let guild_id = act.guild();
    act.outranks(user_id)
        .await?
        .ok_or_else(Failure::not_found)?;
    members::remove(&mut act.work, &act.granted, user_id).await?;
    let (actor, target) = (act.actor.user, Some(user_id.uuid()));
    act.work
        .audit(
            guild_id,
            actor,
            AuditAction::MemberKick,
            target,
            json!({}),
            None,
        )
        .await?;
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
