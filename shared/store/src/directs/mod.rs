//! Direct messages between two people, as channels.

mod create;
mod list;
mod standing;

pub use create::{NewDirect, create};
pub(crate) use list::list_on;
pub use list::{find, list};
pub use standing::{Standing, standing_locked};
