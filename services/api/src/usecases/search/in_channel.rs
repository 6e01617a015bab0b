use kith_bus::Bus;
use kith_policy::{ChannelAccess, ReadHistory, require};
use kith_store::Store;
use kith_types::ChannelId;
use kith_wire::FoundMessages;

use super::{Kept, Wanted};
use crate::Failure;

/// What somebody finds in one channel, which may be a direct message.
///
/// If rights have changed by the time the answer is there, it is decided anew whether they get it.
pub(crate) async fn in_channel(
    store: &Store,
    bus: &Bus,
    channel: ChannelId,
    access: Option<ChannelAccess>,
    wanted: &Wanted,
    kept: &Kept,
) -> Result<FoundMessages, Failure> {
    let granted = require::<ReadHistory>(access.as_ref(), store.now())?;
    if let Some(found) = kept.take(&[channel]) {
        return Ok(found);
    }
    let found = wanted.find(bus, granted.guild(), vec![channel]).await?;
    if let Err(changed) = store.require_unchanged(&granted).await {
        kept.put(vec![channel], found);
        return Err(changed.into());
    }
    Ok(found)
}
