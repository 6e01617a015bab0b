//! Who asks and what they are there: extractors that read session and facts in one statement, for every service with
//! routes. Whatever has a [`kith_store::Store`] and a [`Gate`] in its state can use them; why is in ADR 5.
//!
//! - [`SignedIn`]: a route that concerns only the asker.
//! - [`Visitor`]: a route that may also be used without a session.
//! - [`InstanceAdmin`]: a route that concerns the instance.
//! - [`Recognised`], [`Submitted`]: token and body of a route that reads session and facts together with whom the body names.
//! - [`InGuild`], [`InChannel`]: a route whose path has `{guild}` or `{channel}`. They decide nothing: call
//!   [`InGuild::decide`] or [`InChannel::decide`], which run the use case again with fresh facts when rights changed
//!   while it was at work.

mod bearer;
mod failure;
mod gate;
mod in_channel;
mod in_guild;
mod instance_admin;
pub mod limits;
mod recent;
mod signed_in;
mod submitted;
mod visitor;

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

pub use bearer::{Bearer, Recognised, token_hash};
pub use failure::Failure;
pub use gate::{Gate, weigh};
pub use in_channel::InChannel;
pub use in_guild::InGuild;
pub use instance_admin::InstanceAdmin;
/// The ids in a route's path, one or a tuple. What is no id names nothing, so it is not found.
pub use kith_http::Path as PathIds;
pub use signed_in::SignedIn;
pub use submitted::Submitted;
pub use visitor::Visitor;

/// How often a request is decided anew because rights changed while it was at work; then it is a conflict.
pub const ATTEMPTS: usize = 4;

/// The id that the route's path calls `name`. What is no id names nothing.
async fn id_in_path<S: Send + Sync, T: FromStr>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<T, Failure> {
    let parameters = RawPathParams::from_request_parts(parts, state).await;
    let parameters = parameters.map_err(|_| Failure::not_found())?;
    let found = parameters.iter().find(|(key, _)| *key == name);
    let id = found.and_then(|(_, value)| value.parse().ok());
    id.ok_or_else(Failure::not_found)
}
