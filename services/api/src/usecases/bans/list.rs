use kith_policy::{BanMembers, MemberFacts, require_in_guild};
use kith_store::{Store, bans};
use kith_types::{GuildId, UserId};
use kith_wire::Ban;

use crate::Failure;

/// A page of the guild's bans, by user id.
pub(crate) async fn list(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<Ban>, Failure> {
    require_in_guild::<BanMembers>(member.as_ref(), store.now())?;
    let mut connection = store.connection().await?;
    Ok(bans::list(&mut connection, guild, after, limit).await?)
}
