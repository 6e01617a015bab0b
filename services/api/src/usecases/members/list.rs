use kith_policy::{MemberFacts, TakePart, require_in_guild};
use kith_store::{Store, members};
use kith_types::{GuildId, UserId};
use kith_wire::Member;

use crate::Failure;

/// A page of the guild's members, by user id.
pub(crate) async fn list(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<Member>, Failure> {
    require_in_guild::<TakePart>(member.as_ref(), store.now())?;
    let mut connection = store.connection().await?;
    Ok(members::list(&mut connection, guild, after, limit).await?)
}
