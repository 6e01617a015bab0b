use std::collections::HashSet;

use kith_store::{Work, channels, members, messages};
use kith_types::{ChannelId, GuildId, UserId};

use super::may_view;
use crate::Failure;

/// Which channels a member sees before something that may open more to them.
pub(crate) struct Sight {
    guild: GuildId,
    user: UserId,
    seen: HashSet<ChannelId>,
}

impl Sight {
    /// As it is now, under the guild's lock.
    pub(crate) async fn before(
        work: &mut Work,
        guild: GuildId,
        user: UserId,
    ) -> Result<Self, Failure> {
        let seen = seen(work, guild, user).await?;
        Ok(Self { guild, user, seen })
    }

    /// What the member sees only now has begun for them now: nothing that was said before is unread or mentions them.
    pub(crate) async fn begins(self, work: &mut Work) -> Result<(), Failure> {
        let now = seen(work, self.guild, self.user).await?;
        let opened: Vec<_> = now.difference(&self.seen).copied().collect();
        if !opened.is_empty() {
            messages::begin_to_see(work, self.user, &opened).await?;
        }
        Ok(())
    }
}

async fn seen(
    work: &mut Work,
    guild: GuildId,
    user: UserId,
) -> Result<HashSet<ChannelId>, Failure> {
    let now = work.now();
    let Some(member) = members::facts(work.tx(), guild, user).await? else {
        return Ok(HashSet::new());
    };
    let all = channels::list(work.tx(), guild).await?;
    let seen = all.iter().filter(|channel| may_view(&member, channel, now));
    Ok(seen.map(|channel| channel.id).collect())
}
