//! Channels of guilds.

mod act;
mod create;
mod delete;
mod get;
mod list;
mod order;
mod parent;
mod reorder;
mod sight;
mod tell;
mod update;
mod user_limit;
mod view;

pub(crate) use act::ChannelAct;
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use list::list;
pub(crate) use reorder::reorder;
pub(crate) use sight::Sight;
pub(crate) use tell::{forget, tell};
pub(crate) use update::update;
pub(crate) use view::{may_read, may_view};
