use kith_types::{Permissions, Timestamp};

use crate::{MemberFacts, Overwrite, OverwriteTarget};

/// What a member may do in the guild as a whole, at the moment `now`.
pub fn guild_permissions(member: &MemberFacts, now: Timestamp) -> Permissions {
    narrowed(member, base(member), now)
}

/// What a member may do in a channel with these overwrites, at the moment `now`. Empty if they may not view it.
pub fn channel_permissions(
    member: &MemberFacts,
    overwrites: &[Overwrite],
    now: Timestamp,
) -> Permissions {
    let everyone = OverwriteTarget::Role(member.guild.everyone());
    let own = OverwriteTarget::Member(member.user);
    let is_held_role = |target: OverwriteTarget| {
        target != everyone
            && member
                .roles
                .iter()
                .any(|role| OverwriteTarget::Role(role.id) == target)
    };

    let mut result = base(member);
    apply(&mut result, overwrites, |target| target == everyone);
    apply(&mut result, overwrites, is_held_role);
    apply(&mut result, overwrites, |target| target == own);

    let result = narrowed(member, result, now);
    if result.contains(Permissions::VIEW_CHANNEL) {
        result
    } else {
        Permissions::empty()
    }
}

/// Applies one level of overwrites at once: all its denials first, then all that it allows.
fn apply(
    result: &mut Permissions,
    overwrites: &[Overwrite],
    matches: impl Fn(OverwriteTarget) -> bool,
) {
    let (mut allow, mut deny) = (Permissions::empty(), Permissions::empty());
    for overwrite in overwrites
        .iter()
        .filter(|overwrite| matches(overwrite.target))
    {
        allow |= overwrite.allow;
        deny |= overwrite.deny;
    }
    *result = result.difference(deny).union(allow);
}

fn base(member: &MemberFacts) -> Permissions {
    member.roles.iter().fold(Permissions::empty(), |sum, role| {
        sum.union(role.permissions)
    })
}

/// Everything for the almighty, and for who is timed out only what is left to them.
fn narrowed(member: &MemberFacts, permissions: Permissions, now: Timestamp) -> Permissions {
    if member.is_owner() || base(member).contains(Permissions::ADMINISTRATOR) {
        return Permissions::all();
    }
    match member.timed_out_until {
        Some(until) if until > now => permissions.intersection(Permissions::WHILE_TIMED_OUT),
        _ => permissions,
    }
}
