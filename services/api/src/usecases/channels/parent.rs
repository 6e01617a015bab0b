use kith_policy::{ManageChannel, MemberFacts, require};
use kith_types::{ChannelId, Timestamp};
use kith_wire::{Channel, ChannelKind};

use super::may_view;
use super::view::access;
use crate::Failure;

/// The category among the guild's channels that something is to stand under. One that the actor may not view is
/// refused as if it did not exist, and what is placed in one changes it: that takes the right to manage it.
pub(super) fn parent<'a>(
    actor: &MemberFacts,
    kind: ChannelKind,
    id: ChannelId,
    channels: &'a [Channel],
    now: Timestamp,
) -> Result<&'a Channel, Failure> {
    if kind == ChannelKind::Category {
        return Err(Failure::field(
            "parent_id",
            "a category does not stand under another one",
        ));
    }
    let category = channels
        .iter()
        .find(|channel| channel.id == id && channel.kind == ChannelKind::Category)
        .filter(|category| may_view(actor, category, now))
        .ok_or_else(|| Failure::field("parent_id", "there is no such category"))?;
    require::<ManageChannel>(Some(&access(actor, category)), now)?;
    Ok(category)
}
