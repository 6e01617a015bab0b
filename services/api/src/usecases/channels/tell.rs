use kith_events::{EventKind, Scope};
use kith_store::Work;
use kith_types::GuildId;
use kith_wire::{Channel, ChannelChange};

use crate::Failure;

/// Adds the event of a channel that came or changed, for who may view it.
pub(crate) fn tell(
    work: &mut Work,
    kind: EventKind,
    guild: GuildId,
    channel: &Channel,
) -> Result<(), Failure> {
    work.emit(Scope::Channel(guild, channel.id), kind, |event_id, rev| {
        ChannelChange {
            event_id,
            rev,
            channel: channel.clone(),
        }
    })?;
    Ok(())
}
