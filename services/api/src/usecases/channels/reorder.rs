use std::collections::HashMap;

use kith_events::EventKind;
use kith_policy::{ManageChannels, MemberFacts};
use kith_store::{Store, channels};
use kith_types::{ChannelId, Timestamp};
use kith_wire::{AuditAction, Channel, ReorderChannels};
use serde_json::json;

use super::order::{self, MAX_POSITION};
use super::{may_view, tell};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::Act;

/// Moves channels, all or none. Returns those that the asker may view, in their new order.
pub(crate) async fn reorder(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    body: &ReorderChannels,
) -> Result<Vec<Channel>, Failure> {
    let mut act = Act::<ManageChannels>::begin(store, member).await?;
    let (guild, now) = (act.guild(), act.work.now());
    let mut all = channels::list(act.work.tx(), guild).await?;
    let wishes = wishes(&act.actor, body, &all, now)?;
    let current: Vec<_> = all
        .iter()
        .map(|channel| (channel.id, channel.position))
        .collect();
    let moved = order::reorder(&current, &wishes);
    if !moved.is_empty() {
        channels::move_to(&mut act.work, &act.granted, &moved).await?;
        // Only how many: the reader of the log may not be allowed to know of each.
        let (actor, changes) = (act.actor.user, json!({ "channels": moved.len() }));
        act.work
            .audit(
                guild,
                actor,
                AuditAction::ChannelsReorder,
                None,
                changes,
                None,
            )
            .await?;
        act.work.raise_access(guild)?;
        let places: HashMap<_, _> = moved.into_iter().collect();
        for channel in &mut all {
            if let Some(position) = places.get(&channel.id) {
                channel.position = *position;
                tell(&mut act.work, EventKind::ChannelUpdate, guild, channel)?;
            }
        }
        all.sort_unstable_by_key(|channel| (channel.position, channel.id));
    }
    all.retain(|channel| may_view(&act.actor, channel, now));
    act.finish(publisher).await?;
    Ok(all)
}

fn wishes(
    actor: &MemberFacts,
    body: &ReorderChannels,
    all: &[Channel],
    now: Timestamp,
) -> Result<HashMap<ChannelId, i32>, Failure> {
    let mut wishes = HashMap::new();
    for (index, wish) in body.channels.iter().enumerate() {
        let invalid =
            |field, message| Failure::field(format!("channels[{index}].{field}"), message);
        let known = all
            .iter()
            .any(|channel| channel.id == wish.id && may_view(actor, channel, now));
        if !known {
            return Err(invalid("id", "there is no such channel"));
        }
        if !(0..=MAX_POSITION).contains(&wish.position) {
            return Err(invalid("position", "must be from 0 to 100000"));
        }
        if wishes.insert(wish.id, wish.position).is_some() {
            return Err(invalid("id", "the channel stands in the list twice"));
        }
    }
    Ok(wishes)
}
