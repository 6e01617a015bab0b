use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use kith_http::{BearerToken, Body};
use kith_store::Store;
use serde::de::DeserializeOwned;

use crate::{Bearer, Failure, token_hash};

/// A body in JSON, for routes that look at the session only together with what the body says. It stands behind
/// [`crate::Recognised`], so it is paid for. What is wrong with it is told to nobody but people with a good session.
#[derive(Debug)]
pub struct Submitted<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequest<S> for Submitted<T>
where
    Store: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        match Body::from_request(request, state).await {
            Ok(Body(body)) => Ok(Self(body)),
            Err(error) => {
                let token = BearerToken::from_request_parts(&mut parts, state).await?;
                let (store, token) = (Store::from_ref(state), token_hash(token.expose()));
                let actor = store.actor(&token, store.now()).await?;
                actor.ok_or_else(Bearer::unknown)?;
                Err(error.into())
            }
        }
    }
}
