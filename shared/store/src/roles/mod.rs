//! Roles. Positions are contiguous, from the everyone role at 0.
//!
//! What somebody may grant and whom they stand above is decided by the caller, in the same unit of work.

mod assign;
mod create;
mod delete;
mod list;
mod move_to;
mod update;

pub use assign::{assign, unassign};
pub use create::create;
pub use delete::delete;
pub use list::list;
pub use move_to::move_to;
pub use update::update;

/// The most roles that a guild may have, the everyone role among them.
pub const MAX_PER_GUILD: i64 = 250;
