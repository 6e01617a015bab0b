//! The cache, over Redis' protocol. What is in it may be lost at any time: everything works without it, only limits are then
//! counted by each process for itself.
//!
//! Keys: `{namespace}:limit:{bucket}`, a token bucket as the moment at which it will be full again, in microseconds since
//! 1970; expires at that moment.

mod bucket;
mod connect;
mod limiter;
mod probe;

pub use connect::{Cache, ConnectError};
pub use limiter::CacheLimiter;
pub use probe::{ProbeError, Probed};

/// Every command that the server sees, from the client library's greeting too. Dragonfly supports all of them; a test compares
/// the list with its documentation and with what a real server counted.
pub const COMMANDS: &[&str] = &[
    "client", "evalsha", "get", "hello", "info", "ping", "script", "select", "set",
];
