//! This instance and those that it knows. Number 0 is this one ([ADR 3](../../../docs/adr/0003-origin-zero-is-this-instance.md)).

mod name;
