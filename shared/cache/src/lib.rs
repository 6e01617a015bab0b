//! The cache, over Redis' protocol. What is in it may be lost at any time: everything works without it, only limits are then
//! counted by each process for itself, and who is online is known again after the gateways' next beat.
//!
//! Keys (moments in milliseconds since 1970 unless said otherwise):
//!
//! - `{namespace}:limit:{bucket}`: a token bucket as the moment at which it will be full again, in microseconds since
//!   1970; it expires some time after that.
//! - `{namespace}:presence:since`: since when beats have come without a pause, and when the last one came; it expires
//!   when they stop for as long as a beat holds.
//! - `{namespace}:presence:due`: sorted set of user ids by the moment at which the reaper has to look at them.
//! - `{namespace}:presence:user:{user}`: hash. One field per connection, `{gateway's boot id}:{connection}`, holds its
//!   epoch, its state (`o` online, `i` idle, `d` do not disturb, `n` invisible; a capital when it has ended) and until
//!   when that counts. `seen`, `words` and `version` are what others were told last; `own_words` and `own_rev` the custom
//!   status and the account's `rev` that it is from. It expires when nothing in it counts or has to be remembered.

mod bucket;
mod connect;
mod limiter;
mod presence;
mod probe;

pub use connect::{Cache, ConnectError};
pub use limiter::CacheLimiter;
pub use presence::{CachePresence, PresenceError, PresenceTimes};
pub use probe::{ProbeError, Probed};

/// Every command that the server sees, from the client library's greeting too. Dragonfly supports all of them; a test compares
/// the list with its documentation, with what a real server counted, and runs with the rights to nothing else.
pub const COMMANDS: &[&str] = &[
    "auth",
    "client id",
    "del",
    "evalsha",
    "get",
    "hdel",
    "hgetall",
    "hmget",
    "hset",
    "info",
    "pexpire",
    "ping",
    "script load",
    "select",
    "set",
    "zadd",
    "zrangebyscore",
    "zrem",
];
