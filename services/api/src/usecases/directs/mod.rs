//! Direct messages between two people.

mod list;
mod open;

pub(crate) use list::list;
pub(crate) use open::open;
