use kith_types::{Permissions, Timestamp, UserId};

use crate::{MemberFacts, Overwrite, RoleFacts, guild_permissions};

/// Whom a moderator acts on: a member by their highest role, or somebody who is not a member (position 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub user: UserId,
    pub highest_position: i32,
}

/// Whether the actor stands above the target. Nobody acts on the owner or on themselves.
pub fn may_act_on(actor: &MemberFacts, target: Target) -> bool {
    target.user != actor.owner
        && target.user != actor.user
        && (actor.is_owner() || actor.highest_position() > target.highest_position)
}

/// Whether the actor may edit, move, delete or assign a role: only those below their highest one.
pub fn may_manage_role(actor: &MemberFacts, role: &RoleFacts) -> bool {
    actor.is_owner() || actor.highest_position() > role.position
}

/// Whether the actor may change a set of rights from `before` to `after`: only by bits that they hold.
pub fn may_grant(
    actor: &MemberFacts,
    before: Permissions,
    after: Permissions,
    now: Timestamp,
) -> bool {
    let changed = before.symmetric_difference(after);
    guild_permissions(actor, now).contains(changed)
}

/// Whether who holds `held_in_channel` there may replace an overwrite: only by bits that they hold in that channel.
pub fn may_change_overwrite(
    held_in_channel: Permissions,
    before: Option<&Overwrite>,
    after: Option<&Overwrite>,
) -> bool {
    let parts = |overwrite: Option<&Overwrite>| {
        overwrite.map_or((Permissions::empty(), Permissions::empty()), |o| {
            (o.allow, o.deny)
        })
    };
    let ((allow_before, deny_before), (allow_after, deny_after)) = (parts(before), parts(after));
    let changed = allow_before
        .symmetric_difference(allow_after)
        .union(deny_before.symmetric_difference(deny_after));
    held_in_channel.contains(changed)
}
