use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use kith_store::{Actor, Store};
use kith_types::Limiter;

use crate::limits::Stranger;
use crate::{Failure, Gate, SignedIn};

/// Somebody with a session, or somebody without: then they are counted by address. A session that is shown has to be good.
#[derive(Debug, Clone)]
pub struct Visitor(pub Option<Actor>);

impl<S: Send + Sync> FromRequestParts<S> for Visitor
where
    Store: FromRef<S>,
    Gate: FromRef<S>,
    Arc<dyn Limiter>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        if parts.headers.contains_key(AUTHORIZATION) {
            let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
            return Ok(Self(Some(actor)));
        }
        Stranger::from_request_parts(parts, state).await?;
        Ok(Self(None))
    }
}
