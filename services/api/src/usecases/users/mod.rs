//! One's own account.

mod presence;
mod update_me;

pub(crate) use presence::{get_presence, update_presence};
pub(crate) use update_me::update_me;
