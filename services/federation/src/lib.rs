//! The federation service: what this instance says to others, and what others say to it.
//!
//! Every request between instances is signed ([`signature`]: HTTP message signatures, RFC 9421, over method, authority, path,
//! query, body digest, content type, origin and destination). [`inbound`] decides whether one is believed; [`outgoing`]
//! discovers other instances, greets them and asks them, through the one client for the outside (`kith-outbound`). api asks
//! over NATS for what needs the network ([`answers`]).

mod answers;
mod core;
mod inbound;
mod keys;
mod outgoing;
mod routes;
mod service;
pub mod signature;
mod upkeep;

pub(crate) use crate::core::Core;
pub use keys::{KeyError, KeyRing, KeySource, Rotation};
pub use service::{FederationService, StartError};
