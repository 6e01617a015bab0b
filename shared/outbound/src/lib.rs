//! The one client for requests to hosts that others name: other instances, and whatever people link to.
//!
//! A host is resolved once for each connection; every address that its name has is checked against the whole list of networks
//! that are not globally routable ([`why_not_global`]), and the connection goes to exactly those that were checked, so that
//! a name that answers differently the second time gains nothing. Only HTTPS, no redirects, no proxies, no cookies. An
//! answer is bounded in bytes, in time, and in the time between two of its parts; requests are bounded by host.

mod client;
mod error;
mod networks;
mod resolve;

pub use client::{Bounds, Outbound, OutboundSettings};
pub use error::{BuildError, OutboundError};
pub use networks::why_not_global;
pub use resolve::{LookUp, Resolved, SystemLookUp};
