use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kith_http::BearerToken;
use kith_store::TokenHash;
use kith_wire::ErrorCode;
use sha2::{Digest, Sha256};

use crate::Failure;

/// The access token that a request shows, hashed; whether it is good is still to be seen.
#[derive(Debug, Clone, Copy)]
pub struct Bearer(pub TokenHash);

impl Bearer {
    /// There is no session that the token belongs to.
    pub fn unknown() -> Failure {
        Failure::from(ErrorCode::Unauthenticated)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let token = BearerToken::from_request_parts(parts, state).await?;
        Ok(Self(token_hash(token.expose())))
    }
}

/// What is kept of a token.
pub fn token_hash(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token).into())
}
