//! What must hold of every decision, for any roles, overwrites and moment.

use kith_policy::{
    MemberFacts, Overwrite, OverwriteTarget, RoleChange, RoleFacts, Target, beyond_in_channel,
    channel_permissions, guild_permissions, may_act_on, may_change_overwrite, may_change_roles_of,
    may_grant, may_manage_role,
};
use kith_types::{GuildId, Permissions, RoleId, Timestamp, UserId};
use proptest::prelude::*;
use proptest::sample::subsequence;
use uuid::Uuid;

const GUILD: u128 = 1;
/// Roles that exist; members hold some of them, so that overwrites hit and miss.
const ROLES: std::ops::RangeInclusive<u128> = 10..=15;
const USERS: std::ops::RangeInclusive<u128> = 100..=103;
const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

fn role(number: u128) -> RoleId {
    Uuid::from_u128(number).into()
}

fn guild() -> GuildId {
    Uuid::from_u128(GUILD).into()
}

/// Any set of rights without `ADMINISTRATOR`, which would hide everything else.
fn ordinary() -> impl Strategy<Value = Permissions> {
    any::<u64>().prop_map(|bits| {
        Permissions::from_bits_truncate(bits).difference(Permissions::ADMINISTRATOR)
    })
}

/// Any set of rights; `ADMINISTRATOR` is in it now and then.
fn rights() -> impl Strategy<Value = Permissions> {
    (ordinary(), prop::bool::weighted(0.03)).prop_map(|(set, almighty)| {
        if almighty {
            set | Permissions::ADMINISTRATOR
        } else {
            set
        }
    })
}

fn roles(
    rights: impl Strategy<Value = Permissions> + Clone,
) -> impl Strategy<Value = Vec<RoleFacts>> {
    let held = subsequence(ROLES.collect::<Vec<_>>(), 0..=6);
    (rights.clone(), held).prop_flat_map(move |(everyone, held)| {
        let count = held.len();
        let parts = prop::collection::vec((rights.clone(), 1..50_i32), count);
        parts.prop_map(move |parts| {
            let everyone = RoleFacts {
                id: guild().everyone(),
                position: 0,
                permissions: everyone,
            };
            let others = held.iter().zip(parts).map(|(id, part)| RoleFacts {
                id: role(*id),
                position: part.1,
                permissions: part.0,
            });
            std::iter::once(everyone).chain(others).collect()
        })
    })
}

fn member_with(
    rights: impl Strategy<Value = Permissions> + Clone,
    owner: impl Strategy<Value = u128>,
) -> impl Strategy<Value = MemberFacts> {
    let timeout = prop::option::weighted(0.3, -5..5_i64);
    (roles(rights), USERS, owner, timeout).prop_map(|(roles, id, owner, timeout)| MemberFacts {
        user: user(id),
        guild: guild(),
        owner: user(owner),
        roles,
        timed_out_until: timeout.map(|after| Timestamp::from_millis(NOW.millis() + after)),
        access_version: 1,
    })
}

/// Anybody: owners and administrators among them.
fn anybody() -> impl Strategy<Value = MemberFacts> {
    member_with(rights().boxed(), USERS)
}

/// Neither owner nor administrator.
fn ordinary_member() -> impl Strategy<Value = MemberFacts> {
    member_with(ordinary().boxed(), Just(999))
}

/// At most one overwrite for each role and member, as the table's key has it.
fn overwrites() -> impl Strategy<Value = Vec<Overwrite>> {
    let everyone = OverwriteTarget::Role(guild().everyone());
    let targets: Vec<_> = std::iter::once(everyone)
        .chain(ROLES.map(|id| OverwriteTarget::Role(role(id))))
        .chain(USERS.map(|id| OverwriteTarget::Member(user(id))))
        .collect();
    let count = targets.len();
    subsequence(targets, 0..=count).prop_flat_map(|targets| {
        prop::collection::vec((ordinary(), ordinary()), targets.len()).prop_map(move |sets| {
            let pairs = targets.iter().zip(sets);
            pairs
                .map(|(target, (allow, deny))| Overwrite {
                    target: *target,
                    allow,
                    deny,
                })
                .collect()
        })
    })
}

/// The same decision, written naively and one right at a time.
fn oracle(member: &MemberFacts, overwrites: &[Overwrite], now: Timestamp) -> Permissions {
    let mut result = Permissions::empty();
    for right in Permissions::all().iter() {
        if oracle_has(member, overwrites, now, right) {
            result.insert(right);
        }
    }
    result
}

fn oracle_has(
    member: &MemberFacts,
    overwrites: &[Overwrite],
    now: Timestamp,
    right: Permissions,
) -> bool {
    if member.user == member.owner {
        return true;
    }
    for role in &member.roles {
        if role.permissions.contains(Permissions::ADMINISTRATOR) {
            return true;
        }
    }
    if right != Permissions::VIEW_CHANNEL
        && !oracle_has(member, overwrites, now, Permissions::VIEW_CHANNEL)
    {
        return false;
    }
    let is_timed_out = member.timed_out_until.is_some_and(|until| now < until);
    if is_timed_out
        && right != Permissions::VIEW_CHANNEL
        && right != Permissions::READ_MESSAGE_HISTORY
    {
        return false;
    }
    let mut has = false;
    for role in &member.roles {
        has |= role.permissions.contains(right);
    }
    for level in 1..=3 {
        let of_level = overwrites.iter().filter(|overwrite| {
            let its_level = match overwrite.target {
                OverwriteTarget::Role(id) if id.uuid() == member.guild.uuid() => 1,
                OverwriteTarget::Role(id) if member.roles.iter().any(|role| role.id == id) => 2,
                OverwriteTarget::Member(id) if id == member.user => 3,
                OverwriteTarget::Role(_) | OverwriteTarget::Member(_) => 0,
            };
            its_level == level
        });
        let (mut allowed, mut denied) = (false, false);
        for overwrite in of_level {
            allowed |= overwrite.allow.contains(right);
            denied |= overwrite.deny.contains(right);
        }
        has = allowed || (has && !denied);
    }
    has
}

fn everyone() -> OverwriteTarget {
    OverwriteTarget::Role(guild().everyone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_decision_is_that_of_the_naive_oracle(member in anybody(), overwrites in overwrites()) {
        let computed = channel_permissions(&member, &overwrites, NOW);
        prop_assert_eq!(computed, oracle(&member, &overwrites, NOW));
    }

    #[test]
    fn the_owner_may_do_everything(mut member in anybody(), overwrites in overwrites()) {
        member.owner = member.user;
        prop_assert_eq!(channel_permissions(&member, &overwrites, NOW), Permissions::all());
        prop_assert_eq!(guild_permissions(&member, NOW), Permissions::all());
    }

    #[test]
    fn an_administrator_may_do_everything(
        mut member in anybody(), overwrites in overwrites(), index in any::<prop::sample::Index>(),
    ) {
        let index = index.index(member.roles.len());
        member.roles[index].permissions.insert(Permissions::ADMINISTRATOR);
        prop_assert_eq!(channel_permissions(&member, &overwrites, NOW), Permissions::all());
        prop_assert_eq!(guild_permissions(&member, NOW), Permissions::all());
    }

    #[test]
    fn who_may_not_view_may_do_nothing(member in anybody(), overwrites in overwrites()) {
        let computed = channel_permissions(&member, &overwrites, NOW);
        prop_assert!(computed.is_empty() || computed.contains(Permissions::VIEW_CHANNEL));
    }

    #[test]
    fn the_order_of_roles_and_overwrites_is_irrelevant(
        (member, shuffled_roles) in anybody().prop_flat_map(|member| {
            let roles = Just(member.roles.clone()).prop_shuffle();
            (Just(member), roles)
        }),
        (overwrites, shuffled_overwrites) in overwrites().prop_flat_map(|overwrites| {
            (Just(overwrites.clone()), Just(overwrites).prop_shuffle())
        }),
    ) {
        let computed = channel_permissions(&member, &overwrites, NOW);
        let shuffled = MemberFacts { roles: shuffled_roles, ..member };
        prop_assert_eq!(computed, channel_permissions(&shuffled, &shuffled_overwrites, NOW));
    }

    #[test]
    fn a_members_own_overwrite_beats_those_of_roles_and_everyone(
        mut member in ordinary_member(), mut overwrites in overwrites(),
        allow in ordinary(), deny in ordinary(),
    ) {
        member.timed_out_until = None;
        let target = OverwriteTarget::Member(member.user);
        overwrites.retain(|overwrite| overwrite.target != target);
        let allow = allow | Permissions::VIEW_CHANNEL;
        overwrites.push(Overwrite { target, allow, deny });
        let computed = channel_permissions(&member, &overwrites, NOW);
        prop_assert!(computed.contains(allow));
        prop_assert!(computed.intersection(deny.difference(allow)).is_empty());
    }

    #[test]
    fn a_roles_overwrite_beats_that_of_everyone(
        mut member in ordinary_member(), allow in ordinary(), deny in ordinary(), by_everyone in ordinary(),
    ) {
        member.timed_out_until = None;
        let held = role(*ROLES.start());
        member.roles.push(RoleFacts { id: held, position: 3, permissions: Permissions::empty() });
        let allow = allow | Permissions::VIEW_CHANNEL;
        let overwrites = [
            Overwrite { target: OverwriteTarget::Role(held), allow, deny },
            Overwrite { target: everyone(), allow: by_everyone, deny: !by_everyone },
        ];
        let computed = channel_permissions(&member, &overwrites, NOW);
        prop_assert!(computed.contains(allow));
        prop_assert!(computed.intersection(deny.difference(allow)).is_empty());
    }

    #[test]
    fn what_one_role_allows_no_other_role_denies(
        mut member in ordinary_member(), allow in ordinary(), deny in ordinary(),
    ) {
        member.timed_out_until = None;
        let held = [role(10), role(11)];
        for id in held {
            member.roles.retain(|role| role.id != id);
            member.roles.push(RoleFacts { id, position: 3, permissions: Permissions::empty() });
        }
        let allow = allow | Permissions::VIEW_CHANNEL;
        let none = Permissions::empty();
        let overwrites = [
            Overwrite { target: OverwriteTarget::Role(held[0]), allow, deny: none },
            Overwrite { target: OverwriteTarget::Role(held[1]), allow: none, deny },
        ];
        prop_assert!(channel_permissions(&member, &overwrites, NOW).contains(allow));
    }

    #[test]
    fn to_allow_more_never_takes_anything_away(
        member in anybody(), mut overwrites in overwrites(), more in ordinary(),
        index in any::<prop::sample::Index>(),
    ) {
        prop_assume!(!overwrites.is_empty());
        let before = channel_permissions(&member, &overwrites, NOW);
        let index = index.index(overwrites.len());
        overwrites[index].allow |= more;
        prop_assert!(channel_permissions(&member, &overwrites, NOW).contains(before));
    }

    #[test]
    fn a_role_more_never_takes_anything_away_where_nothing_is_denied(
        member in anybody(), mut overwrites in overwrites(), permissions in rights(),
    ) {
        for overwrite in &mut overwrites {
            overwrite.deny = Permissions::empty();
        }
        let before = channel_permissions(&member, &overwrites, NOW);
        let mut richer = member;
        richer.roles.push(RoleFacts { id: role(99), position: 9, permissions });
        prop_assert!(channel_permissions(&richer, &overwrites, NOW).contains(before));
    }

    #[test]
    fn the_overwrites_of_others_change_nothing(
        member in anybody(), overwrites in overwrites(), allow in ordinary(), deny in ordinary(),
    ) {
        let before = channel_permissions(&member, &overwrites, NOW);
        let mut more = overwrites;
        more.push(Overwrite { target: OverwriteTarget::Role(role(77)), allow, deny });
        more.push(Overwrite { target: OverwriteTarget::Member(user(77)), allow, deny });
        prop_assert_eq!(before, channel_permissions(&member, &more, NOW));
    }

    #[test]
    fn who_is_timed_out_may_at_most_view_and_read(
        mut member in ordinary_member(), overwrites in overwrites(), after in 1..1_000_000_i64,
    ) {
        member.timed_out_until = None;
        let before = channel_permissions(&member, &overwrites, NOW);
        member.timed_out_until = Some(Timestamp::from_millis(NOW.millis() + after));
        let left = channel_permissions(&member, &overwrites, NOW);
        prop_assert_eq!(left, before.intersection(Permissions::WHILE_TIMED_OUT));
        prop_assert!(Permissions::WHILE_TIMED_OUT.contains(guild_permissions(&member, NOW)));
    }

    #[test]
    fn a_timeout_that_is_over_changes_nothing(
        mut member in ordinary_member(), overwrites in overwrites(), before in 0..1_000_000_i64,
    ) {
        member.timed_out_until = None;
        let free = channel_permissions(&member, &overwrites, NOW);
        member.timed_out_until = Some(Timestamp::from_millis(NOW.millis() - before));
        prop_assert_eq!(free, channel_permissions(&member, &overwrites, NOW));
    }

    #[test]
    fn nobody_grants_or_takes_what_they_do_not_hold(
        member in anybody(), before in rights(), after in rights(),
    ) {
        let held = guild_permissions(&member, NOW);
        let changed = before.symmetric_difference(after);
        prop_assert_eq!(may_grant(&member, before, after, NOW), changed.difference(held).is_empty());
    }

    #[test]
    fn nobody_changes_a_bit_of_an_overwrite_that_they_do_not_hold(
        held in rights(), before in prop::option::of((ordinary(), ordinary())),
        after in prop::option::of((ordinary(), ordinary())),
    ) {
        let overwrite = |(allow, deny)| Overwrite { target: everyone(), allow, deny };
        let (old, new) = (before.map(overwrite), after.map(overwrite));
        if may_change_overwrite(held, old.as_ref(), new.as_ref()) {
            let of = |overwrite: Option<Overwrite>| overwrite.map_or(
                (Permissions::empty(), Permissions::empty()), |it| (it.allow, it.deny));
            for right in Permissions::all().difference(held).iter() {
                prop_assert_eq!(of(old).0.contains(right), of(new).0.contains(right));
                prop_assert_eq!(of(old).1.contains(right), of(new).1.contains(right));
            }
        }
        prop_assert!(may_change_overwrite(held, old.as_ref(), old.as_ref()));
        prop_assert!(may_change_overwrite(Permissions::all(), old.as_ref(), new.as_ref()));
    }

    #[test]
    fn a_role_that_is_given_adds_at_its_own_level_only_what_the_giver_holds_there(
        actor in anybody(), mut other in ordinary_member(), overwrites in overwrites(), given in ROLES,
    ) {
        // Somebody who has no other role, and of whom the channel says nothing.
        other.user = user(77);
        other.timed_out_until = None;
        other.roles.truncate(1);
        let before = channel_permissions(&other, &overwrites, NOW);
        other.roles.push(RoleFacts { id: role(given), position: 3, permissions: Permissions::empty() });
        let after = channel_permissions(&other, &overwrites, NOW);
        // Where they saw nothing before, what everybody has there opens as well: it is behind VIEW_CHANNEL.
        prop_assume!(!before.is_empty());
        if beyond_in_channel(&actor, &overwrites, (role(given), RoleChange::Given), NOW).is_empty() {
            let gained = after.difference(before);
            prop_assert!(channel_permissions(&actor, &overwrites, NOW).contains(gained));
        }
        if beyond_in_channel(&actor, &overwrites, (role(given), RoleChange::Taken), NOW).is_empty() {
            let gained = before.difference(after);
            prop_assert!(after.is_empty() || channel_permissions(&actor, &overwrites, NOW).contains(gained));
        }
    }

    #[test]
    fn only_an_owner_chooses_their_own_roles(actor in anybody(), target in USERS, position in 0..60_i32) {
        let target = Target { user: user(target), highest_position: position };
        let may = may_change_roles_of(&actor, target);
        if target.user == actor.user || target.user == actor.owner {
            prop_assert_eq!(may, actor.is_owner());
        } else {
            prop_assert_eq!(may, may_act_on(&actor, target));
        }
    }

    #[test]
    fn nobody_acts_on_themselves_or_on_the_owner(
        actor in anybody(), position in 0..60_i32, target in USERS,
    ) {
        let target = Target { user: user(target), highest_position: position };
        if target.user == actor.user || target.user == actor.owner {
            prop_assert!(!may_act_on(&actor, target));
        }
    }

    #[test]
    fn of_two_members_at_most_one_may_act_on_the_other(first in anybody(), second in anybody()) {
        let mut second = second;
        second.owner = first.owner;
        let as_target = |member: &MemberFacts| Target {
            user: member.user,
            highest_position: member.highest_position(),
        };
        let forth = may_act_on(&first, as_target(&second));
        let back = may_act_on(&second, as_target(&first));
        prop_assert!(!(forth && back));
    }

    #[test]
    fn nobody_but_the_owner_manages_their_own_highest_role(actor in anybody()) {
        let highest = actor.roles.iter().max_by_key(|role| role.position).unwrap();
        prop_assert_eq!(may_manage_role(&actor, highest), actor.is_owner());
    }

    #[test]
    fn who_manages_a_role_manages_every_lower_one(actor in anybody(), high in 0..60_i32, low in 0..60_i32) {
        let at = |position| RoleFacts { id: role(50), position, permissions: Permissions::empty() };
        if low <= high && may_manage_role(&actor, &at(high)) {
            prop_assert!(may_manage_role(&actor, &at(low)));
        }
    }
}
