//! Channels of guilds.

mod create;
mod delete;
mod list;
mod move_to;
mod row;
mod update;

pub use create::create;
pub use delete::delete;
pub use list::{find, find_any, list};
pub use move_to::move_to;
pub use update::update;

/// The most channels that a guild may have.
pub const MAX_PER_GUILD: i64 = 500;
