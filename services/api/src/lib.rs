//! The api service: REST under `/api/v1`, every write, every decision about permissions, the outbox's way into the
//! stream, and the gateways' questions.
//!
//! A request goes through an extractor of [`kith_access`] (session and facts in one statement), a use case (decision, unit of
//! work, events) and the [`outbox`]. One operation is one file in `routes`, with its use case beside it in `usecases`.

mod answers;
mod core;
mod docs;
mod openapi;
mod outbox;
mod passwords;
mod posting;
mod routes;
mod service;
mod upkeep;
mod usecases;

pub(crate) use crate::core::Core;
pub(crate) use kith_access::{self as access, Failure, limits};
pub use openapi::openapi;
pub use passwords::Hasher;
pub use service::{ApiService, StartError};
pub use usecases::auth::{Fresh, TokenSource};
