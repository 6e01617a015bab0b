use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use kith_store::{Actor, Store};
use kith_types::Limiter;

use crate::{Bearer, Failure, limits};

/// Somebody with a session that is good now.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    Store: FromRef<S>,
    Arc<dyn Limiter>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Bearer(token) = Bearer::from_request_parts(parts, state).await?;
        let store = Store::from_ref(state);
        let actor = store.actor(&token, store.now()).await?;
        let actor = actor.ok_or_else(Bearer::unknown)?;
        limits::take(state, parts, &actor).await?;
        Ok(Self(actor))
    }
}
