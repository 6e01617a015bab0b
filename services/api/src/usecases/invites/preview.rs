use kith_policy::{Invitation, NotInvited, may_see_invite};
use kith_store::{Store, guilds, invites};
use kith_types::{InviteCode, UserId};
use kith_wire::InvitePreview;

use super::{banned, expired};
use crate::Failure;

/// What the invite leads to, for anybody who has its code and is not banned. Who is no user (yet) is not told whether a code that
/// leads nowhere ever led somewhere.
pub(crate) async fn preview(
    store: &Store,
    user: Option<UserId>,
    code: &InviteCode,
) -> Result<InvitePreview, Failure> {
    let mut connection = store.connection().await?;
    let found = invites::find(&mut connection, code, store.now()).await?;
    let invite = found.ok_or_else(Failure::not_found)?;
    let is_banned = match user {
        Some(user) => {
            guilds::entry(&mut connection, invite.guild, user)
                .await?
                .banned
        }
        None => false,
    };
    let invitation = Invitation {
        is_open: invite.open,
        is_banned,
    };
    may_see_invite(invitation).map_err(|denied| match (user, denied) {
        (None, _) => Failure::not_found(),
        (Some(_), NotInvited::Banned) => banned(),
        (Some(_), NotInvited::Closed) => expired(),
    })?;
    invites::preview(&mut connection, code)
        .await?
        .ok_or_else(Failure::not_found)
}
