//! The outbox: what was committed and has to reach the stream.

mod backlog;
mod purge;
mod reconcile;
mod settle;
mod unsettled;

pub use backlog::Backlog;
pub use reconcile::{Newest, Reconciled, StreamSeen};
pub use settle::Settled;

/// `outbox.writer` of an event that the writing process does not publish itself.
pub(crate) const FOR_THE_RELAY: i16 = -1;
