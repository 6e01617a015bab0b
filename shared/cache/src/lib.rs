//! The cache, over Redis' protocol. What is in it may be lost at any time: everything works without it, only limits are then
//! counted by each process for itself.
//!
//! Keys: `{namespace}:limit:{bucket}`, a token bucket as the moment at which it will be full again, in microseconds since
//! 1970; it expires some time after that.

mod bucket;
mod connect;
mod limiter;
mod probe;

pub use connect::{Cache, ConnectError};
pub use limiter::CacheLimiter;
pub use probe::{ProbeError, Probed};

/// Every command that the server sees, from the client library's greeting too. Dragonfly supports all of them; a test compares
/// the list with its documentation, with what a real server counted, and runs with the rights to nothing else.
pub const COMMANDS: &[&str] = &[
    "auth",
    "client id",
    "evalsha",
    "get",
    "info",
    "ping",
    "script load",
    "select",
    "set",
];
