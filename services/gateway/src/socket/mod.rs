//! One client's connection: handshake, what it sends, how its session starts, how it ends.

mod budget;
mod doors;
mod frames;
mod handshake;
mod members;
mod pipe;
mod request;
mod session;
mod start;

pub(crate) use doors::{DoorLimits, Doors};
pub(crate) use handshake::routes;
