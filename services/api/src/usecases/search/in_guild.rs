use kith_bus::Bus;
use kith_policy::{Denied, MemberFacts, TakePart, require_in_guild};
use kith_store::{Store, channels};
use kith_types::GuildId;
use kith_wire::FoundMessages;

use super::Wanted;
use crate::Failure;
use crate::usecases::channels::may_read;

/// What a guild's member finds wherever they may read.
///
/// If rights have changed by the time the answer is there, it is decided anew.
pub(crate) async fn in_guild(
    store: &Store,
    bus: &Bus,
    guild: GuildId,
    member: Option<MemberFacts>,
    wanted: &Wanted,
) -> Result<FoundMessages, Failure> {
    let now = store.now();
    let granted = require_in_guild::<TakePart>(member.as_ref(), now)?;
    let member = member.ok_or(Denied::Hidden)?;
    let found = channels::list(&mut *store.connection().await?, guild).await?;
    let readable = found
        .iter()
        .filter(|found| may_read(&member, found, now))
        .map(|found| found.id);
    let found = wanted.find(bus, Some(guild), readable.collect()).await?;
    store.require_unchanged(&granted).await?;
    Ok(found)
}
