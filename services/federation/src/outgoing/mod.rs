//! What is asked of other instances: who they are, how they do, and who their users are.

mod ask;
mod discover;
mod error;
mod greet;
mod look_up;
mod standing;

pub(crate) use discover::{discover, is_stale};
pub(crate) use error::AskError;
pub(crate) use greet::greet_due;
pub(crate) use look_up::look_up;
pub(crate) use standing::may_speak;
