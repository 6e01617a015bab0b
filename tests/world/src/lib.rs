//! Tests of the fleet: the real binary as separate processes, on real engines that are killed, frozen and cut off.
//!
//! This is the harness that they share. `tests/fleet` holds what people are promised, `tests/hostile` what one person may try
//! to take from the others, `tests/soak` and `tests/drill` what happens by chance and on several hosts.

pub mod calls;
pub mod neighbour;
pub mod people;
pub mod traffic;
pub mod world;
