//! One's own account, and those of others by their names.

mod look_up;
mod presence;
mod update_me;

pub(crate) use look_up::look_up;
pub(crate) use presence::{get_presence, update_presence};
pub(crate) use update_me::update_me;
