//! Channels' exceptions from their guild's permissions.

mod around_role;
mod copy;
mod delete;
mod forget;
mod list;
mod put;

pub use around_role::around_role;
pub(crate) use copy::copy;
pub use delete::delete;
pub use forget::forget;
pub(crate) use list::list;
pub use put::put;

use kith_policy::OverwriteTarget;
use kith_wire::{Overwrite, OverwriteKind};

/// The most overwrites that one channel may have; the lists of them are bounded by it.
pub const MAX_PER_CHANNEL: usize = 100;

/// An overwrite as the policy sees it; none if its id is not an id, which the columns cannot hold.
pub fn to_policy(overwrite: &Overwrite) -> Option<kith_policy::Overwrite> {
    let target = match overwrite.kind {
        OverwriteKind::Role => OverwriteTarget::Role(overwrite.id.parse().ok()?),
        OverwriteKind::Member => OverwriteTarget::Member(overwrite.id.parse().ok()?),
    };
    Some(kith_policy::Overwrite {
        target,
        allow: overwrite.allow,
        deny: overwrite.deny,
    })
}
