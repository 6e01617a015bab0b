//! Messages over HTTP, and their way into the stream, with the real engines.

mod gate;
mod gateways;
mod history;
mod outages;
mod posting;
mod processes;
mod reading;
#[path = "../support/mod.rs"]
mod support;
