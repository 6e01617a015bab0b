//! Bans.

mod ban;
mod list;
mod unban;

pub(crate) use ban::ban;
pub(crate) use list::list;
pub(crate) use unban::unban;
