use kith_events::EventKind;
use kith_policy::{ChannelAccess, ManageChannel};
use kith_store::{Store, channels};
use kith_wire::{AuditAction, Channel, UpdateChannel, differences};

use super::parent::parent;
use super::user_limit::user_limit;
use super::{ChannelAct, tell};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::Weight;

/// Changes a channel's name, topic, category and user limit.
pub(crate) async fn update(
    store: &Store,
    publisher: &Publisher,
    access: Option<ChannelAccess>,
    body: &UpdateChannel,
) -> Result<Channel, Failure> {
    let mut act = ChannelAct::<ManageChannel>::begin(store, access).await?;
    let (guild, now) = (act.guild(), act.work.now());
    if let Some(id) = body.parent_id.flatten() {
        let all = channels::list(act.work.tx(), guild).await?;
        parent(&act.actor, act.channel.kind, id, &all, now)?;
    }
    let mut after = act.channel.clone();
    if let Some(name) = &body.name {
        name.as_str().clone_into(&mut after.name);
    }
    if let Some(topic) = &body.topic {
        topic.as_str().clone_into(&mut after.topic);
    }
    if let Some(parent) = body.parent_id {
        after.parent_id = parent;
    }
    if let Some(limit) = body.user_limit.filter(|limit| *limit != after.user_limit) {
        after.user_limit = user_limit(after.kind, limit)?;
    }
    if after == act.channel {
        return Ok(after);
    }
    let weight = Weight::before(&mut act.work, guild).await?;
    channels::update(&mut act.work, &act.granted, &after).await?;
    weight.check(&mut act.work).await?;
    let (actor, target) = (act.actor.user, Some(after.id.uuid()));
    let fields = ["name", "topic", "parent_id", "user_limit"];
    let changes = differences(&act.channel, &after, &fields);
    act.work
        .audit(
            guild,
            actor,
            AuditAction::ChannelUpdate,
            target,
            changes,
            None,
        )
        .await?;
    act.work.raise_access(guild)?;
    tell(&mut act.work, EventKind::ChannelUpdate, guild, &after)?;
    act.finish(publisher).await?;
    Ok(after)
}
