use kith_bus::Bus;
use kith_policy::{Denied, MemberFacts, TakePart, require_in_guild};
use kith_store::{Store, channels};
use kith_types::{ChannelId, GuildId};
use kith_wire::FoundMessages;

use super::{Kept, Wanted};
use crate::Failure;
use crate::usecases::channels::may_read;

/// What a guild's member finds wherever they may read.
///
/// If rights have changed by the time the answer is there, it is decided anew whether they get it.
pub(crate) async fn in_guild(
    store: &Store,
    bus: &Bus,
    guild: GuildId,
    member: Option<MemberFacts>,
    wanted: &Wanted,
    kept: &Kept,
) -> Result<FoundMessages, Failure> {
    let now = store.now();
    let granted = require_in_guild::<TakePart>(member.as_ref(), now)?;
    let member = member.ok_or(Denied::Hidden)?;
    let found = channels::list(&mut *store.connection().await?, guild).await?;
    let readable = found
        .iter()
        .filter(|found| may_read(&member, found, now))
        .map(|found| found.id);
    let readable: Vec<ChannelId> = readable.collect();
    if let Some(found) = kept.take(&readable) {
        return Ok(found);
    }
    let found = wanted.find(bus, Some(guild), readable.clone()).await?;
    if let Err(changed) = store.require_unchanged(&granted).await {
        kept.put(readable, found);
        return Err(changed.into());
    }
    Ok(found)
}
