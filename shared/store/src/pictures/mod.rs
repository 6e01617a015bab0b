//! Pictures of people and guilds. Each is a file of its own: a new picture has a new id, and the one before goes.

mod begin;
mod find;
mod set;

pub use begin::PictureKind;
pub use find::{StoredPicture, find_icon, find_invite_icon};
pub use set::{NewPicture, set_avatar, set_icon};
