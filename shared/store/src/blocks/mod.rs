//! Who has blocked whom.

mod list;
mod put;
mod remove;

pub use list::{count, list};
pub use put::put;
pub use remove::remove;
