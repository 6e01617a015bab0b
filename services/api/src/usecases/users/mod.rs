//! One's own account.

mod update_me;

pub(crate) use update_me::update_me;
