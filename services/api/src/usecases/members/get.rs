use kith_policy::{MemberFacts, TakePart, require_in_guild};
use kith_store::{Store, members};
use kith_types::{GuildId, UserId};
use kith_wire::Member;

use crate::Failure;

/// One member as the others see them.
pub(crate) async fn get(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
    user: UserId,
) -> Result<Member, Failure> {
    require_in_guild::<TakePart>(member.as_ref(), store.now())?;
    let mut connection = store.connection().await?;
    members::find(&mut connection, guild, user)
        .await?
        .ok_or_else(Failure::not_found)
}
