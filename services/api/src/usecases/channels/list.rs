use kith_policy::{Denied, MemberFacts, TakePart, require_in_guild};
use kith_store::{Store, channels};
use kith_types::GuildId;
use kith_wire::Channel;

use super::may_view;
use crate::Failure;

/// The guild's channels that the asker may view, from the top.
pub(crate) async fn list(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
) -> Result<Vec<Channel>, Failure> {
    let now = store.now();
    require_in_guild::<TakePart>(member.as_ref(), now)?;
    let member = member.ok_or(Denied::Hidden)?;
    let mut found = channels::list(&mut *store.connection().await?, guild).await?;
    found.retain(|channel| may_view(&member, channel, now));
    Ok(found)
}
