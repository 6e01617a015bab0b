//! The outbox: what was committed and has to reach the stream.

/// `outbox.writer` of an event that the writing process does not publish itself.
pub(crate) const FOR_THE_RELAY: i16 = -1;
