use kith_events::EventKind;
use kith_policy::{ChannelAccess, ManageOverwrites, Overwrite, OverwriteTarget};
use kith_store::{Store, overwrites};
use kith_types::Permissions;
use kith_wire::{self as wire, AuditAction, ErrorCode, OverwriteKind, PutOverwrite};
use serde_json::json;

use super::{IN_CHANNELS, canonical, check, find, sight, stands_above};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels::{ChannelAct, tell};
use crate::usecases::guilds::Weight;

fn too_many() -> Failure {
    Failure::refused(
        ErrorCode::LimitReached,
        format!(
            "the channel has {} overwrites, as many as it may have",
            overwrites::MAX_PER_CHANNEL
        ),
    )
}

/// Sets a channel's overwrite for a role or a member of its guild who are below oneself.
pub(crate) async fn put(
    store: &Store,
    publisher: &Publisher,
    access: Option<ChannelAccess>,
    target: &str,
    body: &PutOverwrite,
) -> Result<(), Failure> {
    for (field, bits) in [("allow", body.allow), ("deny", body.deny)] {
        check_bits(field, bits)?;
    }
    let mut act = ChannelAct::<ManageOverwrites>::begin(store, access).await?;
    let guild = act.guild();
    // An id has more than one spelling; from here on only the one in which it stands in the channel.
    let target = &canonical(target)?;
    let before = find(&act.channel, target);
    let after = Overwrite {
        target: known_target(&mut act, target, body.kind).await?,
        allow: body.allow,
        deny: body.deny,
    };
    check(&act, before.as_ref(), Some(&after))?;
    if before == Some(after) {
        return Ok(());
    }
    if before.is_none() && act.channel.overwrites.len() >= overwrites::MAX_PER_CHANNEL {
        return Err(too_many());
    }
    let weight = Weight::before(&mut act.work, guild).await?;
    let sight = sight(&mut act, before.as_ref(), Some(&after)).await?;
    overwrites::put(&mut act.work, &act.granted, act.channel.id, &after).await?;
    if let Some(sight) = sight {
        sight.begins(&mut act.work).await?;
    }
    weight.check(&mut act.work).await?;
    act.channel
        .overwrites
        .retain(|overwrite| overwrite.id != *target);
    act.channel.overwrites.push(wire::Overwrite {
        id: target.clone(),
        kind: body.kind,
        allow: body.allow,
        deny: body.deny,
    });
    act.channel
        .overwrites
        .sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let (actor, channel) = (act.actor.user, Some(act.channel.id.uuid()));
    let old = |bits: fn(&Overwrite) -> Permissions| before.as_ref().map(bits).unwrap_or_default();
    let changes = json!({
        "target": target, "kind": body.kind,
        "allow": { "old": old(|it| it.allow), "new": body.allow },
        "deny": { "old": old(|it| it.deny), "new": body.deny },
    });
    act.work
        .audit(
            guild,
            actor,
            AuditAction::OverwritePut,
            channel,
            changes,
            None,
        )
        .await?;
    act.work.raise_access(guild)?;
    tell(&mut act.work, EventKind::ChannelUpdate, guild, &act.channel)?;
    act.finish(publisher).await
}

fn check_bits(field: &'static str, bits: Permissions) -> Result<(), Failure> {
    let senseless = bits.difference(IN_CHANNELS);
    match senseless.iter_names().next() {
        Some((name, _)) => Err(Failure::field(
            field,
            format!("{name} is for the whole guild, not for one channel"),
        )),
        None => Ok(()),
    }
}

/// The role or member of the guild that the path names, if the actor stands above them.
async fn known_target(
    act: &mut ChannelAct<ManageOverwrites>,
    target: &str,
    kind: OverwriteKind,
) -> Result<OverwriteTarget, Failure> {
    let target = match (kind, target.parse(), target.parse()) {
        (OverwriteKind::Role, Ok(role), _) => OverwriteTarget::Role(role),
        (OverwriteKind::Member, _, Ok(user)) => OverwriteTarget::Member(user),
        _ => return Err(Failure::not_found()),
    };
    let is_known = stands_above(act, target).await?;
    is_known.then_some(target).ok_or_else(Failure::not_found)
}
