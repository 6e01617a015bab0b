//! The media service: files that people send.
//!
//! A file is uploaded first ([`usecases::receive`]: into the object store in parts, with flat memory) and attached to a message
//! by api, in the statement that posts it. Whoever fetches it ([`usecases::fetch`]) is asked every time whether they may. Images
//! are worked on before anybody sees them ([`images`]): what they say about their maker goes, a thumbnail comes.

mod core;
mod images;
mod openapi;
mod routes;
mod service;
mod timing;
mod upkeep;
mod usecases;

pub(crate) use crate::core::Core;
pub(crate) use kith_access::Failure;
pub use openapi::openapi;
pub use service::{MediaService, StartError};
