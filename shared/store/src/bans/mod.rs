//! Bans.

mod list;
mod put;
mod remove;

pub use list::list;
pub use put::put;
pub use remove::remove;
