use kith_policy::{MemberFacts, TakePart, require_in_guild};
use kith_store::{Store, guilds};
use kith_types::GuildId;
use kith_wire::Guild;

use crate::Failure;

/// The guild as its members see it.
pub(crate) async fn get(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
) -> Result<Guild, Failure> {
    require_in_guild::<TakePart>(member.as_ref(), store.now())?;
    let mut connection = store.connection().await?;
    guilds::find(&mut connection, guild)
        .await?
        .ok_or_else(Failure::not_found)
}
