//! Memberships.

mod add;
mod facts;
mod find;
mod kinds;
mod list;
mod remove;
mod row;
mod update;

pub use add::add;
pub use facts::facts;
pub use find::{among, find};
pub use kinds::{MemberKind, kinds};
pub use list::list;
pub use remove::remove;
pub use update::{rename, time_out};
