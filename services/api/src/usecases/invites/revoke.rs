use kith_policy::{ManageGuild, MemberFacts, Right, TakePart};
use kith_store::{Store, invites, members};
use kith_types::{InviteCode, UserId};
use kith_wire::AuditAction;
use serde_json::json;

use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::Act;

/// Makes an invite useless: one's own as a member, any with the right to manage the guild.
pub(crate) async fn revoke(
    store: &Store,
    publisher: &Publisher,
    user: UserId,
    code: &InviteCode,
) -> Result<(), Failure> {
    let mut connection = store.connection().await?;
    let found = invites::find(&mut connection, code, store.now()).await?;
    let invite = found
        .filter(|invite| !invite.revoked)
        .ok_or_else(Failure::not_found)?;
    let member = members::facts(&mut connection, invite.guild, user).await?;
    drop(connection);
    if invite.creator == user {
        revoke_by::<TakePart>(store, publisher, member, code).await
    } else {
        revoke_by::<ManageGuild>(store, publisher, member, code).await
    }
}

async fn revoke_by<R: Right>(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    code: &InviteCode,
) -> Result<(), Failure> {
    let mut act = Act::<R>::begin(store, member).await?;
    if !invites::revoke(&mut act.work, &act.granted, code).await? {
        return Err(Failure::not_found());
    }
    let (guild, actor) = (act.guild(), act.actor.user);
    act.work
        .audit(
            guild,
            actor,
            AuditAction::InviteRevoke,
            None,
            json!({}),
            None,
        )
        .await?;
    act.finish(publisher).await
}
