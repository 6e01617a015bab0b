//! Accounts, log-in sessions, blocks and direct messages, over HTTP, with the real engines.

mod blocks;
mod directs;
mod logging_in;
mod opening;
mod passwords;
mod profile;
mod refreshing;
mod registering;
mod sessions;
mod throttling;
mod world;
