//! Invites.

mod count_open;
mod create;
mod find;
mod list;
mod preview;
mod revoke;
mod take_use;

pub use count_open::count_open;
pub use create::{NewInvite, create};
pub use find::{FoundInvite, find};
pub use list::list;
pub use preview::preview;
pub use revoke::revoke;
pub use take_use::take_use;
