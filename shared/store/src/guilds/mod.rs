//! Guilds, as rows and as bodies.

mod create;
mod delete;
mod find;
mod list_joined;
mod rename;
mod weigh;

pub use create::{NewGuild, create};
pub use delete::delete;
pub use find::{Entry, entry, find};
pub use list_joined::{MAX_PER_USER, count_joined, list_joined};
pub use rename::rename;
pub(crate) use weigh::MAX_DESCRIBED;
pub use weigh::{MAX_WEIGHT, weigh};

use kith_policy::Granted;
use kith_types::GuildId;

use crate::{StoreError, Work};

/// The guild that something was granted in, if the grant still holds in this unit of work. Every write begins with it.
pub(crate) fn checked<R>(work: &Work, granted: &Granted<R>) -> Result<GuildId, StoreError> {
    work.require_unchanged(granted)?;
    granted.guild().ok_or(StoreError::Gone)
}
