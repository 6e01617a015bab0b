use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use kith_store::{Actor, Store};

use crate::{Bearer, Failure, Gate};

/// Somebody with a session that is good now.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    Store: FromRef<S>,
    Gate: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let mut bearer = Bearer::from_request_parts(parts, state).await?;
        let store = Store::from_ref(state);
        let actor = store.actor(bearer.hash(), store.now()).await?;
        bearer.settle(actor.as_ref()).await?;
        actor.map(Self).ok_or_else(Bearer::unknown)
    }
}
