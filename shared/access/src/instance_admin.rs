use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use kith_store::{Actor, Store};

use crate::{Failure, Gate, SignedIn};

/// Somebody who may use what concerns the instance. To everybody else such a route does not exist.
#[derive(Debug, Clone)]
pub struct InstanceAdmin(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for InstanceAdmin
where
    Store: FromRef<S>,
    Gate: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let SignedIn(actor) = SignedIn::from_request_parts(parts, state).await?;
        if actor.instance_admin {
            Ok(Self(actor))
        } else {
            Err(Failure::not_found())
        }
    }
}
