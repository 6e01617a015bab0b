//! The media service: files that people send, and voice, whose sound and pictures a LiveKit server carries.
//!
//! A file is uploaded first ([`usecases::receive`]: into the object store in parts, with flat memory) and attached to a message
//! by api, in the statement that posts it. Whoever fetches it ([`usecases::fetch`]) is asked every time whether they may. Images
//! are worked on before anybody sees them ([`images`]): what they say about their maker goes, a thumbnail comes.
//!
//! Who may be in which room, who is, and what others are told of it: [`voice`].

mod boxes;
mod core;
mod images;
mod openapi;
mod routes;
mod service;
mod timing;
mod upkeep;
mod usecases;
mod voice;

pub(crate) use crate::core::Core;
pub(crate) use kith_access::Failure;
pub use openapi::openapi;
pub use service::{MediaService, StartError, blobs};
pub use voice::{LivekitProbeError, LivekitProbed, probe_livekit};
