//! Memberships.

mod add;
mod facts;
mod find;
mod list;
mod remove;
mod update;

pub use add::add;
pub use facts::facts;
pub use find::find;
pub use list::list;
pub use remove::remove;
pub use update::{rename, time_out};
