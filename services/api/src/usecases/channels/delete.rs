use kith_events::{EventKind, Scope};
use kith_policy::{ChannelAccess, ManageChannel};
use kith_store::{Store, channels};
use kith_wire::{AuditAction, ChannelDelete};
use serde_json::json;

use super::{ChannelAct, tell};
use crate::Failure;
use crate::outbox::Publisher;

/// Deletes a channel. What stood under a category moves to the top level.
pub(crate) async fn delete(
    store: &Store,
    publisher: &Publisher,
    access: Option<ChannelAccess>,
) -> Result<(), Failure> {
    let mut act = ChannelAct::<ManageChannel>::begin(store, access).await?;
    let (guild_id, channel_id) = (act.guild(), act.channel.id);
    let mut children = channels::list(act.work.tx(), guild_id).await?;
    children.retain(|channel| channel.parent_id == Some(channel_id));
    channels::delete(&mut act.work, &act.granted, channel_id).await?;
    let (actor, changes) = (act.actor.user, json!({ "name": act.channel.name }));
    let target = Some(channel_id.uuid());
    act.work
        .audit(
            guild_id,
            actor,
            AuditAction::ChannelDelete,
            target,
            changes,
            None,
        )
        .await?;
    act.work.raise_access(guild_id)?;
    for child in &mut children {
        child.parent_id = None;
        tell(&mut act.work, EventKind::ChannelUpdate, guild_id, child)?;
    }
    let scope = Scope::Channel(guild_id, channel_id);
    act.work
        .emit(scope, EventKind::ChannelDelete, |event_id, rev| {
            ChannelDelete {
                event_id,
                rev,
                guild_id,
                channel_id,
            }
        })?;
    act.finish(publisher).await
}
