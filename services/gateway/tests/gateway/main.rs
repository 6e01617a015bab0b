//! The gateway as its clients see it: real sockets, a real NATS server, and the test as api.
#![expect(
    clippy::unwrap_used,
    reason = "what a test's helpers cannot do, fails the test"
)]

mod access;
mod chance;
mod delivery;
mod fleet;
mod gaps;
mod presence;
mod replay;
mod resume;
mod session;
mod truth;
mod unavailable;
