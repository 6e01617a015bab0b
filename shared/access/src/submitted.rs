use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use kith_http::Body;
use kith_store::Store;
use kith_types::Limiter;
use serde::de::DeserializeOwned;

use crate::{Failure, SignedIn};

/// A body in JSON, for routes that look at the session only together with what the body says. What is wrong with the body is
/// told to nobody but people with a good session, and costs them what the request would have cost.
#[derive(Debug)]
pub struct Submitted<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequest<S> for Submitted<T>
where
    Store: FromRef<S>,
    Arc<dyn Limiter>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        match Body::from_request(request, state).await {
            Ok(Body(body)) => Ok(Self(body)),
            Err(error) => {
                SignedIn::from_request_parts(&mut parts, state).await?;
                Err(error.into())
            }
        }
    }
}
