use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use kith_http::{BearerToken, ClientAddress};
use kith_store::{Actor, Store, TokenHash};
use kith_wire::ErrorCode;
use sha2::{Digest, Sha256};

use crate::Failure;
use crate::gate::{Entry, Gate, Standing};

/// The access token that a request shows, hashed; whether it is good is still to be seen. That it has come so far means that it
/// may be looked up: its account has paid for the request, if it is known whose it was, and else its address has not shown too
/// many wrong ones.
pub struct Bearer {
    hash: TokenHash,
    gate: Gate,
    entry: Entry,
    /// None once it was looked up.
    standing: Option<Standing>,
}

impl Bearer {
    /// What it is looked up by.
    pub fn hash(&self) -> &TokenHash {
        &self.hash
    }

    /// To be called with what was found when it was looked up: whoever has not paid for the request pays now. An error if the
    /// token is nobody's, or if they have had too much.
    pub async fn settle(&mut self, found: Option<&Actor>) -> Result<(), Failure> {
        match self.standing.take() {
            Some(standing) => {
                let Self { gate, hash, .. } = self;
                gate.settle(hash, standing, found, &self.entry).await
            }
            None => found.map(|_| ()).ok_or_else(Self::unknown),
        }
    }

    /// Looks it up alone if nothing is known of it, before more of the request is read.
    pub(crate) async fn recognise(&mut self, store: &Store) -> Result<(), Failure> {
        if let Some(Standing::Unknown(_)) = self.standing {
            let actor = store.actor(&self.hash, store.now()).await?;
            self.settle(actor.as_ref()).await?;
        }
        Ok(())
    }

    /// There is no session that the token belongs to.
    pub fn unknown() -> Failure {
        Failure::from(ErrorCode::Unauthenticated)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer
where
    Gate: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let token = BearerToken::from_request_parts(parts, state).await?;
        let hash = token_hash(token.expose());
        let Ok(address) = ClientAddress::from_request_parts(parts, state).await;
        let (gate, entry) = (Gate::from_ref(state), Entry::of(parts));
        let standing = gate.enter(&hash, address, &entry).await?;
        Ok(Self {
            hash,
            gate,
            entry,
            standing: Some(standing),
        })
    }
}

/// A [`Bearer`] of whom something is known: for routes with a body that they read before they look the session up together with
/// what it says. Nobody's body is read before that.
pub struct Recognised(pub Bearer);

impl<S: Send + Sync> FromRequestParts<S> for Recognised
where
    Store: FromRef<S>,
    Gate: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let mut bearer = Bearer::from_request_parts(parts, state).await?;
        bearer.recognise(&Store::from_ref(state)).await?;
        Ok(Self(bearer))
    }
}

/// What is kept of a token.
pub fn token_hash(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token).into())
}
