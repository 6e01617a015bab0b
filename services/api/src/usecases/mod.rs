//! What stands behind the routes: a decision, a unit of work, events.

pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod bans;
pub(crate) mod blocks;
pub(crate) mod channels;
pub(crate) mod directs;
pub(crate) mod guilds;
pub(crate) mod invites;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod overwrites;
pub(crate) mod peers;
pub(crate) mod roles;
pub(crate) mod search;
pub(crate) mod users;
