//! Pictures of people and guilds. What is sent is made square and small while it is waited for, so that who sends it hears at
//! once what is wrong with it, and nothing else of it is kept.

mod avatar;
mod fetch;
mod icon;
mod take;

pub(crate) use avatar::{put_avatar, remove_avatar};
pub(crate) use fetch::{fetch_avatar, fetch_icon, fetch_invite_icon};
pub(crate) use icon::{put_icon, remove_icon};
