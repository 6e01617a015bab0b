//! From the outbox into the stream. Whoever has committed hands the events to the [`Publisher`], which publishes at once
//! what may follow directly; the relay does everything else. No request waits for either.

mod lanes;
mod losses;
mod publisher;
mod relay;
mod settler;

pub(crate) use publisher::Publisher;
pub(crate) use relay::Relay;
pub(crate) use settler::run as settle;
