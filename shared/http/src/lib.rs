//! What every HTTP route shares: one form of errors, strict extractors, who the client is, request ids, limits,
//! metrics. It knows no engine: the limiter is a trait, and sessions are looked up by the routes themselves, in the
//! same statement as the facts that they need.
//!
//! [`surround`] goes around all routes of a service; a handler returns `Result<Reply<T>, ApiError>`.

mod bearer;
mod body;
mod client_address;
mod error;
mod failures;
mod late;
mod layer;
mod parameters;
mod reply;
mod request_id;

pub use bearer::BearerToken;
pub use body::{Body, MAX_BODY};
pub use client_address::{ClientAddress, TrustedProxies};
pub use error::ApiError;
pub use failures::{Attempt, Failures};
pub use layer::{Surroundings, surround};
pub use parameters::{Path, Query};
pub use reply::{Listed, NoContent, Reply};
pub use request_id::RequestId;
