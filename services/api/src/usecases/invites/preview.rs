use kith_store::{Store, guilds, invites};
use kith_types::{InviteCode, UserId};
use kith_wire::InvitePreview;

use super::{banned, expired};
use crate::Failure;

/// What the invite leads to, for anybody who has its code and is not banned.
pub(crate) async fn preview(
    store: &Store,
    user: UserId,
    code: &InviteCode,
) -> Result<InvitePreview, Failure> {
    let mut connection = store.connection().await?;
    let found = invites::find(&mut connection, code, store.now()).await?;
    let invite = found.ok_or_else(Failure::not_found)?;
    if guilds::entry(&mut connection, invite.guild, user)
        .await?
        .banned
    {
        return Err(banned());
    }
    if !invite.open {
        return Err(expired());
    }
    invites::preview(&mut connection, code)
        .await?
        .ok_or_else(Failure::not_found)
}
