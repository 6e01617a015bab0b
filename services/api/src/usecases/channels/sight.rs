use std::collections::{HashMap, HashSet};

use kith_policy::{MemberFacts, RoleFacts};
use kith_store::members::MemberKind;
use kith_store::{Work, channels, guilds, members, messages, roles};
use kith_types::{ChannelId, GuildId, UserId};
use kith_wire::{Guild, Role};

use super::may_view;
use crate::Failure;

/// Which channels members see before something that may open more to them.
pub(crate) struct Sight {
    guild: GuildId,
    only: Option<UserId>,
    /// What some of them see, …
    seen: Vec<HashSet<ChannelId>>,
    /// … and which of that each one sees.
    of: HashMap<UserId, usize>,
}

impl Sight {
    /// What all members see now, or one of them, under the guild's lock.
    pub(crate) async fn before(
        work: &mut Work,
        guild: GuildId,
        only: Option<UserId>,
    ) -> Result<Self, Failure> {
        let (mut seen, mut of) = (Vec::new(), HashMap::new());
        for (users, sees) in look(work, guild, only).await? {
            of.extend(users.into_iter().map(|user| (user, seen.len())));
            seen.push(sees);
        }
        Ok(Self {
            guild,
            only,
            seen,
            of,
        })
    }

    /// What members see only now has begun for them now: nothing that was said before is unread or mentions them.
    pub(crate) async fn begins(self, work: &mut Work) -> Result<(), Failure> {
        for (users, sees) in look(work, self.guild, self.only).await? {
            let mut by_before: HashMap<usize, Vec<UserId>> = HashMap::new();
            for user in users {
                if let Some(before) = self.of.get(&user) {
                    by_before.entry(*before).or_default().push(user);
                }
            }
            for (before, users) in by_before {
                let opened: Vec<_> = sees.difference(&self.seen[before]).copied().collect();
                if !opened.is_empty() {
                    messages::begin_to_see(work, &users, &opened).await?;
                }
            }
        }
        Ok(())
    }
}

/// Members who see the same, and what they see.
async fn look(
    work: &mut Work,
    guild: GuildId,
    only: Option<UserId>,
) -> Result<Vec<(Vec<UserId>, HashSet<ChannelId>)>, Failure> {
    let now = work.now();
    let found = guilds::find(work.tx(), guild).await?;
    let Some(found) = found else {
        return Ok(Vec::new());
    };
    let roles = roles::list(work.tx(), guild).await?;
    let all = channels::list(work.tx(), guild).await?;
    let kinds = members::kinds(work.tx(), guild, only).await?;
    let look = kinds.into_iter().map(|kind| {
        let member = facts(&found, &roles, &kind);
        let seen = all.iter().filter(|channel| may_view(&member, channel, now));
        let seen = seen.map(|channel| channel.id).collect();
        (kind.users, seen)
    });
    Ok(look.collect())
}

/// What applies to members of one kind. Who is timed out sees what they saw.
fn facts(guild: &Guild, roles: &[Role], kind: &MemberKind) -> MemberFacts {
    let held = roles
        .iter()
        .filter(|role| role.id == guild.id.everyone() || kind.roles.contains(&role.id));
    MemberFacts {
        user: kind.users[0],
        guild: guild.id,
        owner: guild.owner_id,
        roles: held
            .map(|role| RoleFacts {
                id: role.id,
                position: role.position,
                permissions: role.permissions,
            })
            .collect(),
        timed_out_until: None,
        access_version: 0,
    }
}
