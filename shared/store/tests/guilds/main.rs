//! Guilds in the store: what depends on the time, and what a write demands. With a real Postgres and a clock that the
//! test moves.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod invites;
mod place;
mod time_outs;
mod told;
mod witnesses;
