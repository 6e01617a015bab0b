//! The object store: the only crate that speaks S3.
//!
//! [`Blobs`] is cheap to clone and connects when it is used. An object appears whole or not at all: what is sent in parts
//! ([`Upload`]) is there once it is finished. Whoever stores something keeps a note of it elsewhere first, so that what a
//! crash leaves behind is found and [removed](Blobs::remove). A server that stands still is noticed within some ten seconds,
//! whatever it was asked for.

mod connect;
mod error;
mod fetch;
mod probe;
mod remove;
mod silence;
mod upload;

pub use connect::{Blobs, BlobsSettings};
pub use error::BlobError;
pub use fetch::Fetched;
pub use upload::{PART_BYTES, Upload};
