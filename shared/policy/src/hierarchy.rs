use kith_types::{Permissions, RoleId, Timestamp, UserId};

use crate::{
    MemberFacts, Overwrite, OverwriteTarget, RoleFacts, channel_permissions, guild_permissions,
};

/// Whom a moderator acts on: a member by their highest role, or somebody who is not a member (position 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub user: UserId,
    pub highest_position: i32,
}

/// What happens to somebody who gets a role, or who loses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleChange {
    Given,
    Taken,
}

/// Whether the actor stands above the target. Nobody acts on the owner or on themselves.
pub fn may_act_on(actor: &MemberFacts, target: Target) -> bool {
    target.user != actor.owner
        && target.user != actor.user
        && (actor.is_owner() || actor.highest_position() > target.highest_position)
}

/// Whether the actor may give this user roles and take them away. As [`may_act_on`], but an owner, who cannot gain or
/// lose a right by it, also chooses their own: a role is a colour and a place in the list as well.
pub fn may_change_roles_of(actor: &MemberFacts, target: Target) -> bool {
    may_act_on(actor, target) || (actor.is_owner() && target.user == actor.user)
}

/// Whether the actor may edit, move, delete or assign a role, or make an exception for it in a channel: only for those
/// below their highest one.
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

/// The rights that somebody would have in a channel once they got the role or lost it, and that the actor does not hold
/// there: what the channel allows the role, or what it denies it.
///
/// What the role allows in the whole guild is asked of [`may_grant`].
pub fn beyond_in_channel(
    actor: &MemberFacts,
    overwrites: &[Overwrite],
    (role, change): (RoleId, RoleChange),
    now: Timestamp,
) -> Permissions {
    let of_role = overwrites
        .iter()
        .find(|overwrite| overwrite.target == OverwriteTarget::Role(role));
    let opened = of_role.map_or(Permissions::empty(), |overwrite| match change {
        RoleChange::Given => overwrite.allow,
        // What is allowed wins over what is denied: such a bit was no denial.
        RoleChange::Taken => overwrite.deny.difference(overwrite.allow),
    });
    opened.difference(channel_permissions(actor, overwrites, now))
}
