use kith_policy::{BanMembers, MemberFacts};
use kith_store::{Store, bans};
use kith_types::UserId;
use kith_wire::AuditAction;
use serde_json::json;

use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::Act;

/// Forgives: the user, who is below oneself as everybody is who is no member, may join again.
pub(crate) async fn unban(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    user: UserId,
) -> Result<(), Failure> {
    let mut act = Act::<BanMembers>::begin(store, member).await?;
    act.outranks(user).await?;
    if !bans::remove(&mut act.work, &act.granted, user).await? {
        return Err(Failure::not_found());
    }
    let (guild, actor) = (act.guild(), act.actor.user);
    let target = Some(user.uuid());
    act.work
        .audit(
            guild,
            actor,
            AuditAction::MemberUnban,
            target,
            json!({}),
            None,
        )
        .await?;
    act.finish(publisher).await
}
