use kith_policy::{MemberFacts, TakePart, require_in_guild};
use kith_store::{Store, roles};
use kith_types::GuildId;
use kith_wire::Role;

use crate::Failure;

/// The guild's roles, from the everyone role upwards.
pub(crate) async fn list(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
) -> Result<Vec<Role>, Failure> {
    require_in_guild::<TakePart>(member.as_ref(), store.now())?;
    let mut connection = store.connection().await?;
    Ok(roles::list(&mut connection, guild).await?)
}
