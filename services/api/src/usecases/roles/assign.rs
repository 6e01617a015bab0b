use kith_events::{EventKind, Scope};
use kith_policy::{ManageRoles, MemberFacts, RoleChange};
use kith_store::{Store, members, roles};
use kith_types::{Permissions, RoleId, UserId};
use kith_wire::{AuditAction, MemberChange, Role};
use serde_json::json;

use super::{find, not_everyone};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels::Sight;
use crate::usecases::guilds::Act;

/// Gives a member below oneself a role below one's own that grants nothing one does not hold, in the guild or in a channel.
pub(crate) async fn assign(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    user: UserId,
    role: RoleId,
) -> Result<(), Failure> {
    let (mut act, found) = begin(store, member, user, role).await?;
    act.grants(Permissions::empty(), found.permissions)?;
    act.opens_no_channel(&found, RoleChange::Given).await?;
    let sight = Sight::before(&mut act.work, act.actor.guild, Some(user)).await?;
    if roles::assign(&mut act.work, &act.granted, user, role).await? {
        sight.begins(&mut act.work).await?;
        return finish(act, publisher, AuditAction::MemberRoleAdd, user, role).await;
    }
    Ok(())
}

/// Takes a role below one's own from a member below oneself, unless it denies them in a channel what one does not hold there.
pub(crate) async fn unassign(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    user: UserId,
    role: RoleId,
) -> Result<(), Failure> {
    let (mut act, found) = begin(store, member, user, role).await?;
    act.opens_no_channel(&found, RoleChange::Taken).await?;
    let sight = Sight::before(&mut act.work, act.actor.guild, Some(user)).await?;
    if roles::unassign(&mut act.work, &act.granted, user, role).await? {
        sight.begins(&mut act.work).await?;
        return finish(act, publisher, AuditAction::MemberRoleRemove, user, role).await;
    }
    Ok(())
}

async fn begin(
    store: &Store,
    member: Option<MemberFacts>,
    user: UserId,
    role: RoleId,
) -> Result<(Act<ManageRoles>, Role), Failure> {
    let mut act = Act::<ManageRoles>::begin(store, member).await?;
    let guild = act.guild();
    not_everyone(guild, role)?;
    let roles = roles::list(act.work.tx(), guild).await?;
    let role = find(&roles, role)?.clone();
    act.manages(&role)?;
    act.changes_roles_of(user).await?;
    Ok((act, role))
}

async fn finish(
    mut act: Act<ManageRoles>,
    publisher: &Publisher,
    action: AuditAction,
    user: UserId,
    role: RoleId,
) -> Result<(), Failure> {
    let guild = act.guild();
    let (actor, changes) = (act.actor.user, json!({ "role": role }));
    act.work
        .audit(guild, actor, action, Some(user.uuid()), changes, None)
        .await?;
    let member = members::find(act.work.tx(), guild, user)
        .await?
        .ok_or_else(Failure::not_found)?;
    act.work.raise_access(guild)?;
    act.work.emit(
        Scope::Guild(guild),
        EventKind::GuildMemberUpdate,
        |event_id, rev| MemberChange {
            event_id,
            rev,
            member,
        },
    )?;
    act.finish(publisher).await
}
