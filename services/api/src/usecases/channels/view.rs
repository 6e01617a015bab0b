use kith_policy::{ChannelAccess, ChannelPlace, MemberFacts, ReadHistory, ViewChannel, require};
use kith_store::overwrites::to_policy;
use kith_types::Timestamp;
use kith_wire::Channel;

/// A member and a channel of their guild, as the policy wants it.
pub(super) fn access(member: &MemberFacts, channel: &Channel) -> ChannelAccess {
    ChannelAccess {
        channel: channel.id,
        place: ChannelPlace::Guild {
            member: member.clone(),
            overwrites: channel.overwrites.iter().filter_map(to_policy).collect(),
        },
    }
}

/// Whether a member may know of a channel of their guild.
pub(crate) fn may_view(member: &MemberFacts, channel: &Channel, now: Timestamp) -> bool {
    require::<ViewChannel>(Some(&access(member, channel)), now).is_ok()
}

/// Whether a member may read what was said in a channel of their guild.
pub(crate) fn may_read(member: &MemberFacts, channel: &Channel, now: Timestamp) -> bool {
    require::<ReadHistory>(Some(&access(member, channel)), now).is_ok()
}
