//! HTTP message signatures (RFC 9421) with Ed25519, and content digests (RFC 9530), in the one form that instances use.
//!
//! A request has exactly one signature. It covers, each once and without parameters, [`COMPONENTS`], in any order, and has
//! the parameters `created`, `expires`, `nonce`, `keyid` and `alg`, and no others. All fields are written in the canonical form
//! of structured fields (RFC 9651), so that nothing can be read in two ways.
//!
//! The grammar is `sfv`'s; what is here is the form, and the base that is signed. There is no library for it that is kept well
//! and can be held to one form; see docs/adr/0007.

mod base;
mod claims;
mod digest;
mod error;
mod sign;

pub use base::COMPONENTS;
pub use claims::Claims;
pub use digest::{content_digest, is_digest_of};
pub use error::SignatureError;
pub use sign::{Signer, sign};

/// Who sends the request: the domain of an instance.
pub const ORIGIN: &str = "kith-origin";
/// Whom it is for: the domain of an instance.
pub const DESTINATION: &str = "kith-destination";
/// RFC 9421
pub const SIGNATURE: &str = "signature";
/// RFC 9421
pub const SIGNATURE_INPUT: &str = "signature-input";
/// RFC 9530
pub const CONTENT_DIGEST: &str = "content-digest";

/// How long a signature is good for, in seconds.
pub const LIFETIME_SECONDS: i64 = 60;
/// The longest life that a signature may claim, in seconds.
pub const LONGEST_SECONDS: i64 = 300;
/// How far the clocks of two instances may differ, in seconds.
pub const SKEW_SECONDS: i64 = 30;
