//! Whom one has blocked.

mod list;
mod put;
mod remove;

pub(crate) use list::list;
pub(crate) use put::put;
pub(crate) use remove::remove;
