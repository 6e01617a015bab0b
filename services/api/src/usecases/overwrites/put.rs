use kith_events::EventKind;
use kith_policy::{ChannelAccess, ManageOverwrites, Overwrite, OverwriteTarget};
use kith_store::{Store, members, overwrites, roles};
use kith_types::{GuildId, Permissions};
use kith_wire::{self as wire, AuditAction, ErrorCode, OverwriteKind, PutOverwrite};
use serde_json::json;

use super::{IN_CHANNELS, canonical, check, find};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels::{ChannelAct, tell};
use crate::usecases::guilds::Weight;

fn too_many() -> Failure {
    Failure::refused(
        ErrorCode::LimitReached,
        "the channel has as many overwrites as it may have",
    )
}

/// Sets a channel's overwrite for a role or a member of its guild.
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
        target: known_target(&mut act, guild, target, body.kind).await?,
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
    overwrites::put(&mut act.work, &act.granted, act.channel.id, &after).await?;
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
    let changes =
        json!({ "target": target, "kind": body.kind, "allow": body.allow, "deny": body.deny });
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

/// The role or member of the guild that the path names.
async fn known_target(
    act: &mut ChannelAct<ManageOverwrites>,
    guild: GuildId,
    target: &str,
    kind: OverwriteKind,
) -> Result<OverwriteTarget, Failure> {
    let found = match (kind, target.parse(), target.parse()) {
        (OverwriteKind::Role, Ok(role), _) => {
            let roles = roles::list(act.work.tx(), guild).await?;
            let known = roles.iter().any(|known| known.id == role);
            known.then_some(OverwriteTarget::Role(role))
        }
        (OverwriteKind::Member, _, Ok(user)) => {
            let known = members::facts(act.work.tx(), guild, user).await?;
            known.map(|facts| OverwriteTarget::Member(facts.user))
        }
        _ => None,
    };
    found.ok_or_else(Failure::not_found)
}
