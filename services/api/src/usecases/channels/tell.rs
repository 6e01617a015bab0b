use kith_events::{EventKind, Scope};
use kith_store::{Work, channels, overwrites};
use kith_types::{GuildId, UserId};
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

/// Takes from the guild's channels what they allow somebody who comes or goes, and tells of those that changed. A denial stays:
/// neither leaving nor coming back ends it.
pub(crate) async fn forget(work: &mut Work, guild: GuildId, user: UserId) -> Result<(), Failure> {
    let changed = overwrites::forget(work, guild, user).await?;
    if changed.is_empty() {
        return Ok(());
    }
    let channels = channels::list(work.tx(), guild).await?;
    for channel in channels.iter().filter(|found| changed.contains(&found.id)) {
        tell(work, EventKind::ChannelUpdate, guild, channel)?;
    }
    Ok(())
}
