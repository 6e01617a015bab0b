use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use kith_wire::ErrorCode;

use crate::ApiError;

/// Far above any token of ours; a hash of more is work for nothing.
const MAX_TOKEN: usize = 512;

/// The access token of `Authorization: Bearer …`, not yet checked. Its `Debug` form hides it.
#[derive(Clone)]
pub struct BearerToken(String);

impl BearerToken {
    /// The token itself, to be hashed and looked up.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for BearerToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        match token {
            Some(token) if !token.is_empty() && token.len() <= MAX_TOKEN => {
                Ok(Self(token.to_owned()))
            }
            _ => Err(ApiError::from(ErrorCode::Unauthenticated)),
        }
    }
}
