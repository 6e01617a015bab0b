use kith_events::{EventKind, Scope};
use kith_policy::{BanMembers, MemberFacts};
use kith_store::{Store, StoreError, bans, members};
use kith_types::UserId;
use kith_wire::{AuditAction, MemberRemove, PutBan};
use serde_json::json;

use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels;
use crate::usecases::guilds::Act;

/// Sends somebody below oneself away for good, whether or not they are a member.
pub(crate) async fn ban(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    user_id: UserId,
    body: &PutBan,
) -> Result<(), Failure> {
    let mut act = Act::<BanMembers>::begin(store, member).await?;
    let guild_id = act.guild();
    act.outranks(user_id).await?;
    let reason = body.reason.as_ref();
    if !bans::put(&mut act.work, &act.granted, user_id, reason)
        .await
        .map_err(unknown_user)?
    {
        return Ok(());
    }
    let (actor, target) = (act.actor.user, Some(user_id.uuid()));
    act.work
        .audit(
            guild_id,
            actor,
            AuditAction::MemberBan,
            target,
            json!({}),
            reason,
        )
        .await?;
    // Who was no member had no access; whether they may join is read under the same lock.
    if members::remove(&mut act.work, &act.granted, user_id).await? {
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
    }
    act.finish(publisher).await
}

fn unknown_user(error: StoreError) -> Failure {
    match error.constraint() {
        Some("bans_user_id_fkey") => Failure::not_found(),
        _ => error.into(),
    }
}
