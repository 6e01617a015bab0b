//! Tests of the fleet: the real binary as separate processes, on real engines that are killed, frozen and cut off.
//! The harness is in `tests/fleet/`; there is nothing to use outside of tests.
