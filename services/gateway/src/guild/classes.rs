use std::collections::HashMap;

use kith_types::{ChannelId, RoleId, Timestamp, UserId};
use kith_wire::GuildPermissions;

use super::{GuildFacts, Standing};

/// Members whose rights are the same have the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClassId(u32);

/// What the rights of a member depend on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    /// Sorted.
    roles: Box<[RoleId]>,
    /// The owner, or who has overwrites of their own.
    special: Option<UserId>,
    timed_out: bool,
}

/// The rights of all members of a guild, each combination computed and kept once. There are as many as connected
/// members differ in: a channel's event then costs one look per class and one per receiver.
#[derive(Debug, Clone, Default)]
pub(crate) struct Classes {
    ids: HashMap<Key, ClassId>,
    rights: Vec<GuildPermissions>,
}

impl Classes {
    /// The class of a member.
    pub(crate) fn of(
        &mut self,
        facts: &GuildFacts,
        member: Standing<'_>,
        now: Timestamp,
    ) -> ClassId {
        let mut roles = facts.known_roles(member.roles);
        roles.sort_unstable();
        roles.dedup();
        let key = Key {
            roles: roles.into(),
            special: facts.is_special(member.user).then_some(member.user),
            timed_out: member.timed_out,
        };
        let rights = &mut self.rights;
        *self.ids.entry(key).or_insert_with(|| {
            rights.push(facts.permissions(member, now));
            ClassId(rights.len() as u32 - 1)
        })
    }

    /// What members of a class may do.
    pub(crate) fn rights(&self, class: ClassId) -> &GuildPermissions {
        &self.rights[class.0 as usize]
    }

    /// Whether members of each class may view a channel, by the number of the class.
    pub(crate) fn who_may_view(&self, channel: ChannelId) -> Viewing {
        let may = |rights: &GuildPermissions| rights.channels.contains_key(&channel);
        Viewing(self.rights.iter().map(may).collect())
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.rights.len()
    }
}

/// Which classes may view a channel.
pub(crate) struct Viewing(Vec<bool>);

impl Viewing {
    pub(crate) fn includes(&self, class: ClassId) -> bool {
        self.0[class.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use kith_types::Permissions;
    use kith_wire::{Overwrite, OverwriteKind};
    use proptest::prelude::*;

    use super::super::samples::{channel_id, description, role_id, user_id};
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_255_200_000);

    fn overwrite(target: u8, bits: (u8, u8)) -> Overwrite {
        let set = |bits: u8| {
            [
                Permissions::VIEW_CHANNEL,
                Permissions::SEND_MESSAGES,
                Permissions::ADMINISTRATOR,
            ]
            .into_iter()
            .enumerate()
            .filter(|(place, _)| bits >> place & 1 == 1)
            .fold(Permissions::empty(), |sum, (_, it)| sum | it)
        };
        let (id, kind) = match target {
            0..4 => (role_id(target).to_string(), OverwriteKind::Role),
            _ => (user_id(target - 4).to_string(), OverwriteKind::Member),
        };
        Overwrite {
            id,
            kind,
            allow: set(bits.0),
            deny: set(bits.1),
        }
    }

    proptest! {
        #[test]
        fn a_class_has_exactly_the_rights_of_each_of_its_members(
            role_bits in prop::array::uniform4(0_u64..16),
            overwrites in prop::collection::vec((0_u8..8, (0_u8..4, 0_u8..4)), 0..6),
            members in prop::collection::vec((0_u8..8, prop::collection::vec(0_u8..6, 0..4), any::<bool>()), 1..12),
        ) {
            let mut description = description(7, 2);
            for (role, bits) in description.roles.iter_mut().zip(role_bits) {
                role.permissions = Permissions::from_bits_truncate(bits << 8 & 0xc00 | bits & 8);
            }
            description.channels[1].overwrites = overwrites.into_iter().map(|(target, bits)| overwrite(target, bits)).collect();
            let facts = GuildFacts::read(&description).unwrap();
            let mut classes = Classes::default();
            for (user, roles, timed_out) in members {
                let roles: Vec<RoleId> = roles.into_iter().map(role_id).collect();
                let member = Standing { user: user_id(user), roles: &roles, timed_out };
                let class = classes.of(&facts, member, NOW);
                let own = facts.permissions(member, NOW);
                prop_assert_eq!(classes.rights(class), &own);
                for channel in [channel_id(0), channel_id(1)] {
                    let viewing = classes.who_may_view(channel).includes(class);
                    prop_assert_eq!(viewing, own.channels.contains_key(&channel));
                }
            }
        }
    }

    #[test]
    fn a_thousand_members_with_two_sets_of_roles_are_two_classes() {
        let facts = GuildFacts::read(&description(7, 2)).unwrap();
        let mut classes = Classes::default();
        for number in 0..1000_u32 {
            let roles = if number % 2 == 0 {
                vec![]
            } else {
                vec![role_id(2), role_id(1)]
            };
            let user = uuid::Uuid::from_u128(u128::from(number) + 5000).into();
            classes.of(
                &facts,
                Standing {
                    user,
                    roles: &roles,
                    timed_out: false,
                },
                NOW,
            );
        }
        assert_eq!(classes.len(), 2);
    }
}
