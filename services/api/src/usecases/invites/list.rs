use kith_policy::{ManageGuild, MemberFacts, require_in_guild};
use kith_store::{Store, invites};
use kith_types::{GuildId, InviteCode};
use kith_wire::Invite;

use crate::Failure;

/// A page of the guild's open invites, by code.
pub(crate) async fn list(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
    after: Option<&InviteCode>,
    limit: i64,
) -> Result<Vec<Invite>, Failure> {
    let now = store.now();
    require_in_guild::<ManageGuild>(member.as_ref(), now)?;
    let after = after.map_or("", InviteCode::as_str);
    let mut connection = store.connection().await?;
    Ok(invites::list(&mut connection, guild, after, limit, now).await?)
}
