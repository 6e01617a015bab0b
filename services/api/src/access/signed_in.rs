use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kith_store::Actor;

use crate::access::Bearer;
use crate::limits;
use crate::{Core, Failure};

/// Somebody with a session that is good now.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn(pub(crate) Actor);

impl FromRequestParts<Core> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, core: &Core) -> Result<Self, Failure> {
        let Bearer(token) = Bearer::from_request_parts(parts, core).await?;
        let actor = core.store.actor(&token, core.store.now()).await?;
        let actor = actor.ok_or_else(Bearer::unknown)?;
        limits::take(core, parts, &actor).await?;
        Ok(Self(actor))
    }
}
