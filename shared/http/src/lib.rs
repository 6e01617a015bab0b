//! The HTTP kit: what every route needs and no route should write again. Errors in one form, bodies and queries that
//! name the field which is wrong, the client's true address, and a layer around all routes that gives each request an id, a
//! span, a deadline and its metrics. No engine comes with it.

mod address;
mod body;
mod error;
mod observe;
mod query;
mod reply;

pub use address::{ClientAddress, TrustedProxies};
pub use body::{Body, MAX_BODY};
pub use error::ApiError;
pub use observe::{Surroundings, surround};
pub use query::Query;
pub use reply::{Reply, created, no_content, ok};
