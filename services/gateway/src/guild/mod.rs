//! Who may see what in a guild: pure values, computed by the policy's functions only.

mod change;
mod classes;
mod facts;
#[cfg(test)]
pub(crate) mod samples;

pub(crate) use change::Change;
pub(crate) use classes::{ClassId, Classes};
pub(crate) use facts::{GuildFacts, Standing};
