use std::collections::BTreeMap;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use kith_http::ApiError;
use kith_policy::Denied;
use kith_store::StoreError;
use kith_wire::ErrorCode;
use utoipa::IntoResponses;
use utoipa::openapi::RefOr;
use utoipa::openapi::response::Response as Described;

/// How long a client should wait while Postgres is away: restarts take some seconds.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Why a request was not done. `?` makes it from what the store, the policy and the HTTP kit say; it knows its answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Answer(#[from] ApiError),
}

impl Failure {
    /// Any other refusal, with a text for people.
    pub fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Answer(ApiError::new(code, message))
    }

    /// There is no such thing, or the asker may not see it.
    pub fn not_found() -> Self {
        Self::Answer(ApiError::not_found())
    }

    /// One field of the request is wrong.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Answer(ApiError::field(field, message))
    }

    /// Whether rights have changed while the request was at work, so that it has to be decided anew.
    pub fn is_access_changed(&self) -> bool {
        matches!(self, Self::Store(StoreError::AccessChanged))
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let error = match failure {
            Failure::Answer(error) => return error,
            Failure::Denied(denied) => return denied.into(),
            Failure::Store(error) => error,
        };
        match error {
            StoreError::Gone => Self::not_found(),
            StoreError::Unavailable(_) => Self::unavailable(error).with_retry_after(RETRY_AFTER),
            StoreError::AccessChanged | StoreError::Conflict(_) => {
                Self::from(ErrorCode::Conflict).because(error)
            }
            _ => Self::internal(error),
        }
    }
}

/// In the code's usual words.
impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::Answer(code.into())
    }
}

/// For the OpenAPI document: any error, in the one form.
impl IntoResponses for Failure {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        ApiError::responses()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        ApiError::from(self).into_response()
    }
}
