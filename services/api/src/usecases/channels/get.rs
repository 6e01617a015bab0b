use kith_policy::{ChannelAccess, ViewChannel, require};
use kith_store::{Store, channels, directs};
use kith_types::ChannelId;
use kith_wire::Channel;

use crate::Failure;

/// A channel that the asker may view, also a direct message of theirs.
pub(crate) async fn get(
    store: &Store,
    channel: ChannelId,
    access: Option<ChannelAccess>,
) -> Result<Channel, Failure> {
    let granted = require::<ViewChannel>(access.as_ref(), store.now())?;
    let found = match granted.guild() {
        Some(guild) => channels::find(&mut *store.connection().await?, guild, channel).await?,
        None => directs::find(store, granted.user(), channel).await?,
    };
    found.ok_or_else(Failure::not_found)
}
