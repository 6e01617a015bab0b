use kith_store::Work;
use kith_store::guilds::{MAX_WEIGHT, weigh};
use kith_types::GuildId;
use kith_wire::ErrorCode;

use crate::Failure;

/// What a guild weighed before a change. Whatever adds to its channels, overwrites or roles begins with it and ends with
/// [`Self::check`], so that what is described as a whole is bounded as a whole.
pub(crate) struct Weight {
    guild: GuildId,
    before: i64,
}

impl Weight {
    pub(crate) async fn before(work: &mut Work, guild: GuildId) -> Result<Self, Failure> {
        let before = weigh(work.tx(), guild).await?;
        Ok(Self { guild, before })
    }

    /// Refuses what makes a guild heavier than it may be. One that is so already may be changed, but not made heavier.
    pub(crate) async fn check(self, work: &mut Work) -> Result<(), Failure> {
        let after = weigh(work.tx(), self.guild).await?;
        if after <= MAX_WEIGHT || after <= self.before {
            return Ok(());
        }
        Err(Failure::refused(
            ErrorCode::LimitReached,
            format!(
                "the guild's channels, overwrites and roles may have at most {MAX_WEIGHT} bytes together and would have {after}: shorten topics or remove overwrites"
            ),
        ))
    }
}
