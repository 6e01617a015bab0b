//! The keys that this instance signs with: a few lines of text, in a file that only its owner may read, or in a secret.
//!
//! Each line is one key: 64 hex digits, from when it signs, until when what it signed counts; `-` where there is no such moment.
//! A new key is published at once and signs a little later, when every process has read the file again; the one before is
//! published until it expires, so that what is under way still counts.

mod file;
mod ring;

pub use file::{KeyError, KeySource, Rotation};
pub(crate) use ring::ALGORITHM;
pub use ring::KeyRing;
