//! The gateway as its clients see it: real sockets, a real NATS server, and the test as api.

mod access;
mod delivery;
mod fleet;
mod gaps;
mod resume;
mod session;
mod truth;
