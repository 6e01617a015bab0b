//! Who stands above whom: every act about a role or a member goes through here.

use kith_policy::{
    Denied, MemberFacts, RoleChange, RoleFacts, Target, beyond_in_channel, may_act_on,
    may_change_roles_of, may_manage_role,
};
use kith_store::{Work, members, overwrites};
use kith_types::{Permissions, UserId};
use kith_wire::{ErrorCode, Role};

use crate::Failure;

/// The other stands as high as the actor, or higher, or is the actor.
fn outranked() -> Failure {
    Failure::refused(
        ErrorCode::RoleHierarchy,
        "this is not below your own highest role",
    )
}

/// Refuses unless the actor stands above this user. Their facts, if they are a member.
pub(crate) async fn outranks(
    work: &mut Work,
    actor: &MemberFacts,
    user: UserId,
) -> Result<Option<MemberFacts>, Failure> {
    let (facts, target) = target(work, actor, user).await?;
    if may_act_on(actor, target) {
        Ok(facts)
    } else {
        Err(outranked())
    }
}

/// Refuses unless the actor may choose the roles of this member.
pub(crate) async fn changes_roles_of(
    work: &mut Work,
    actor: &MemberFacts,
    user: UserId,
) -> Result<(), Failure> {
    let (facts, target) = target(work, actor, user).await?;
    facts.ok_or_else(Failure::not_found)?;
    if may_change_roles_of(actor, target) {
        Ok(())
    } else {
        Err(outranked())
    }
}

/// Refuses unless the role is below the actor's highest one.
pub(crate) fn manages(actor: &MemberFacts, role: &Role) -> Result<(), Failure> {
    let facts = RoleFacts {
        id: role.id,
        position: role.position,
        permissions: role.permissions,
    };
    if may_manage_role(actor, &facts) {
        Ok(())
    } else {
        Err(outranked())
    }
}

/// Refuses to open a channel to others, by a role that they get or lose, further than the actor's own rights there reach.
pub(crate) async fn opens_no_channel(
    work: &mut Work,
    actor: &MemberFacts,
    role: &Role,
    change: RoleChange,
) -> Result<(), Failure> {
    let now = work.now();
    let channels = overwrites::around_role(work.tx(), actor, role.id).await?;
    let beyond = channels.iter().fold(Permissions::empty(), |sum, channel| {
        sum | beyond_in_channel(actor, channel, (role.id, change), now)
    });
    if beyond.is_empty() {
        Ok(())
    } else {
        Err(Denied::MissingInChannel(beyond).into())
    }
}

async fn target(
    work: &mut Work,
    actor: &MemberFacts,
    user: UserId,
) -> Result<(Option<MemberFacts>, Target), Failure> {
    let facts = members::facts(work.tx(), actor.guild, user).await?;
    let highest_position = facts.as_ref().map_or(0, MemberFacts::highest_position);
    Ok((
        facts,
        Target {
            user,
            highest_position,
        },
    ))
}
