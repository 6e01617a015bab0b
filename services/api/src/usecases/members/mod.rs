//! Members: who is in a guild, under which name, and who has to leave.

mod get;
mod kick;
mod list;
mod update;

pub(crate) use get::get;
pub(crate) use kick::kick;
pub(crate) use list::{Which, list};
pub(crate) use update::update;
