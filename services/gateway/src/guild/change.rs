use kith_wire::GuildPermissions;

use super::GuildFacts;

/// What new facts mean for one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing that the events themselves do not tell.
    None,
    /// They may do more or less in what they see.
    Rights,
    /// They see something that was there before, or no longer see what is still there.
    Sight,
}

impl Change {
    /// Compares a member's rights under two sets of facts. A channel that came or went with them is told of by its own
    /// event to those who may know it.
    pub(crate) fn between(
        (old, before): (&GuildFacts, &GuildPermissions),
        (new, after): (&GuildFacts, &GuildPermissions),
    ) -> Self {
        let lost = before
            .channels
            .keys()
            .any(|channel| !after.channels.contains_key(channel) && new.has_channel(*channel));
        let gained = after
            .channels
            .keys()
            .any(|channel| !before.channels.contains_key(channel) && old.has_channel(*channel));
        if lost || gained {
            return Self::Sight;
        }
        let kept = after.channels.iter();
        let differs = |(channel, rights)| before.channels.get(channel) != Some(rights);
        if before.guild != after.guild || kept.into_iter().any(differs) {
            return Self::Rights;
        }
        Self::None
    }
}

#[cfg(test)]
mod tests {
    use kith_types::{Permissions, Timestamp};
    use kith_wire::{Overwrite, OverwriteKind};

    use super::super::samples::{description, role_id, user_id};
    use super::super::{GuildFacts, Standing};
    use super::*;

    fn facts(change: impl FnOnce(&mut kith_events::rpc::GuildDescription)) -> GuildFacts {
        let mut description = description(7, 2);
        change(&mut description);
        GuildFacts::read(&description).unwrap()
    }

    fn change(old: &GuildFacts, new: &GuildFacts) -> Change {
        let member = Standing {
            user: user_id(3),
            roles: &[role_id(1)],
            timed_out: false,
        };
        let rights = |facts: &GuildFacts| facts.permissions(member, Timestamp::from_millis(0));
        Change::between((old, &rights(old)), (new, &rights(new)))
    }

    fn hidden(permissions: Permissions) -> Overwrite {
        Overwrite {
            id: role_id(1).to_string(),
            kind: OverwriteKind::Role,
            allow: Permissions::empty(),
            deny: permissions,
        }
    }

    #[test]
    fn what_a_change_means_for_a_member() {
        let before = facts(|_| {});
        assert_eq!(change(&before, &facts(|_| {})), Change::None);

        let hide = facts(|it| it.channels[0].overwrites = vec![hidden(Permissions::VIEW_CHANNEL)]);
        assert_eq!(change(&before, &hide), Change::Sight);
        assert_eq!(change(&hide, &before), Change::Sight);

        let mute = facts(|it| it.channels[0].overwrites = vec![hidden(Permissions::SEND_MESSAGES)]);
        assert_eq!(change(&before, &mute), Change::Rights);

        let fewer = facts(|it| it.channels.truncate(1));
        assert_eq!(change(&before, &fewer), Change::None);
        assert_eq!(change(&fewer, &before), Change::Rights);
        assert_eq!(change(&hide, &fewer), Change::Sight);
    }
}
