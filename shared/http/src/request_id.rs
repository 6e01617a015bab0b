use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use kith_types::{Clock, Entropy};
use ulid::Ulid;

use crate::ApiError;

pub(crate) const HEADER: &str = "x-request-id";
const MAX_LENGTH: usize = 64;

/// What finds a request in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A new one.
    pub(crate) fn mint(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        let random = u128::from(entropy.next_u64()) << 64 | u128::from(entropy.next_u64());
        Self(Ulid::from_parts(clock.now().millis() as u64, random).to_string())
    }

    /// The one that a proxy gave, if it is fit to stand in a log.
    pub(crate) fn from_proxy(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(HEADER)?.to_str().ok()?;
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=MAX_LENGTH).contains(&text.len()).then_some(())?;
        text.bytes().all(fit).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let id = parts.extensions.get::<Self>().cloned();
        id.ok_or_else(|| ApiError::internal("the routes are not surrounded"))
    }
}
