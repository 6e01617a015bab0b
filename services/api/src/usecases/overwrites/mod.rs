//! Channels' exceptions from their guild's permissions.

mod delete;
mod put;

pub(crate) use delete::delete;
pub(crate) use put::put;

use kith_policy::{Denied, ManageOverwrites, Overwrite, OverwriteTarget, may_change_overwrite};
use kith_store::roles;
use kith_types::{Permissions, RoleId};
use kith_wire::Channel;

use crate::Failure;
use crate::usecases::channels::{ChannelAct, Sight};

/// The rights that have an effect in one channel; for all others an overwrite would change nothing.
const IN_CHANNELS: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::READ_MESSAGE_HISTORY)
    .union(Permissions::MANAGE_MESSAGES)
    .union(Permissions::MENTION_EVERYONE)
    .union(Permissions::MANAGE_CHANNELS)
    .union(Permissions::STREAM)
    .union(Permissions::CONNECT)
    .union(Permissions::SPEAK)
    .union(Permissions::MUTE_MEMBERS)
    .union(Permissions::DEAFEN_MEMBERS)
    .union(Permissions::MOVE_MEMBERS)
    .union(Permissions::MANAGE_ROLES);

/// An id as overwrites spell it; what is no id names nothing.
fn canonical(target: &str) -> Result<String, Failure> {
    // All kinds of ids have the same text form.
    let id: RoleId = target.parse().map_err(|_| Failure::not_found())?;
    Ok(id.to_string())
}

/// The channel's overwrite for this id, as it stands there and as the policy sees it.
fn find(channel: &Channel, target: &str) -> Option<Overwrite> {
    let found = channel
        .overwrites
        .iter()
        .find(|overwrite| overwrite.id == target)?;
    kith_store::overwrites::to_policy(found)
}

/// Refuses unless the actor stands above whom the overwrite is about: a role below their own highest, or a member below
/// themselves, also one who has left. Whether there is such a role or member of the guild.
async fn stands_above(
    act: &mut ChannelAct<ManageOverwrites>,
    target: OverwriteTarget,
) -> Result<bool, Failure> {
    match target {
        OverwriteTarget::Role(role) => {
            let guild = act.guild();
            let roles = roles::list(act.work.tx(), guild).await?;
            let found = roles.iter().find(|known| known.id == role);
            found.map(|role| act.manages(role)).transpose()?;
            Ok(found.is_some())
        }
        OverwriteTarget::Member(user) => Ok(act.outranks(user).await?.is_some()),
    }
}

/// What those see for whom a change may open the channel.
async fn sight(
    act: &mut ChannelAct<ManageOverwrites>,
    before: Option<&Overwrite>,
    after: Option<&Overwrite>,
) -> Result<Option<Sight>, Failure> {
    let view = |overwrite: Option<&Overwrite>| {
        let bits = overwrite.map(|overwrite| [overwrite.allow, overwrite.deny]);
        bits.map(|bits| bits.map(|bits| bits.contains(Permissions::VIEW_CHANNEL)))
            .unwrap_or_default()
    };
    if view(before) == view(after) {
        return Ok(None);
    }
    let only = match before.or(after).map(|overwrite| overwrite.target) {
        Some(OverwriteTarget::Member(user)) => Some(user),
        _ => None,
    };
    let guild = act.guild();
    Ok(Some(Sight::before(&mut act.work, guild, only).await?))
}

/// Refuses a change by bits that the actor does not hold in the channel.
fn check(
    act: &ChannelAct<ManageOverwrites>,
    before: Option<&Overwrite>,
    after: Option<&Overwrite>,
) -> Result<(), Failure> {
    let held = act.granted.permissions();
    if may_change_overwrite(held, before, after) {
        return Ok(());
    }
    let bits = |overwrite: Option<&Overwrite>| {
        overwrite.map_or(Permissions::empty(), |overwrite| {
            overwrite.allow | overwrite.deny
        })
    };
    Err(Denied::Missing(bits(before).union(bits(after)).difference(held)).into())
}
