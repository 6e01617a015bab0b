//! Invites.

mod create;
mod find;
mod list;
mod open;
mod preview;
mod revoke;
mod take_use;

pub use create::{NewInvite, create};
pub use find::{FoundInvite, find};
pub use list::list;
pub use open::{EqualInvite, OpenInvites, count_open, find_equal};
pub use preview::preview;
pub use revoke::revoke;
pub use take_use::take_use;
