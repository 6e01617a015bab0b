use kith_events::EventKind;
use kith_policy::{ChannelAccess, ManageOverwrites};
use kith_store::{Store, overwrites};
use kith_types::Permissions;
use kith_wire::AuditAction;
use serde_json::json;

use super::{canonical, check, find, sight, stands_above};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels::{ChannelAct, tell};

/// Removes a channel's overwrite for a role or member below oneself, by rights that one holds there.
pub(crate) async fn delete(
    store: &Store,
    publisher: &Publisher,
    access: Option<ChannelAccess>,
    target: &str,
) -> Result<(), Failure> {
    let mut act = ChannelAct::<ManageOverwrites>::begin(store, access).await?;
    let guild = act.guild();
    let target = &canonical(target)?;
    let before = find(&act.channel, target).ok_or_else(Failure::not_found)?;
    stands_above(&mut act, before.target).await?;
    check(&act, Some(&before), None)?;
    let sight = sight(&mut act, Some(&before), None).await?;
    overwrites::delete(&mut act.work, &act.granted, act.channel.id, before.target).await?;
    if let Some(sight) = sight {
        sight.begins(&mut act.work).await?;
    }
    act.channel
        .overwrites
        .retain(|overwrite| overwrite.id != *target);
    let (actor, channel) = (act.actor.user, Some(act.channel.id.uuid()));
    let none = Permissions::default();
    let changes = json!({
        "target": target,
        "allow": { "old": before.allow, "new": none },
        "deny": { "old": before.deny, "new": none },
    });
    act.work
        .audit(
            guild,
            actor,
            AuditAction::OverwriteDelete,
            channel,
            changes,
            None,
        )
        .await?;
    act.work.raise_access(guild)?;
    tell(&mut act.work, EventKind::ChannelUpdate, guild, &act.channel)?;
    act.finish(publisher).await
}
