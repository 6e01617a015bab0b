//! What one person, one peer or one process of the fleet may try to take from all the others, against real processes.
//!
//! Each attack has a neighbour who goes on meanwhile and must not notice (`kith_world::neighbour`).

mod doors;
mod largest;
mod readers;
mod strangers;
mod uploads;
