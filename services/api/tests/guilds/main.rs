//! The guild routes, over HTTP, with the real engines.

mod audit;
mod bans;
mod channels;
mod events;
mod founding;
mod hierarchy;
mod invites;
mod members;
mod outsiders;
mod overwrites;
mod place;
mod races;
mod roles;
mod world;
