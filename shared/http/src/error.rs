use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kith_policy::Denied;
use kith_types::Decision;
use kith_wire::{ErrorCode, ErrorDetail};

/// An answer that is an error. What caused it goes to the log, once, with the request's id; clients never see it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    code: ErrorCode,
    message: String,
    details: Vec<ErrorDetail>,
    retry_after: Option<Duration>,
    #[source]
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl ApiError {
    /// An error with a text for people.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
            cause: None,
        }
    }

    /// There is no such thing, or the asker may not see it.
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "not found")
    }

    /// One field of the request is wrong.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut error = Self::new(
            ErrorCode::InvalidRequest,
            "the request is not as it must be",
        );
        error.details.push(ErrorDetail {
            field: field.into(),
            message: message.into(),
        });
        error
    }

    /// A limiter refused.
    pub fn rate_limited(decision: Decision) -> Self {
        Self::new(ErrorCode::RateLimited, "too many requests: slow down")
            .with_retry_after(decision.retry_after)
    }

    /// When the same request may succeed.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What caused it, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// The code that it is answered with.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn details(&self) -> &[ErrorDetail] {
        &self.details
    }

    /// The cause and its causes, for the log.
    pub(crate) fn causes(&self) -> Option<String> {
        let mut cause: &dyn Error = self.cause.as_deref()?;
        let mut text = cause.to_string();
        while let Some(next) = cause.source() {
            text = format!("{text}: {next}");
            cause = next;
        }
        Some(text)
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        let code = match denied {
            Denied::Hidden => ErrorCode::NotFound,
            Denied::Blocked => ErrorCode::Blocked,
            Denied::Missing(_) | Denied::NotInDirect | Denied::NotOwner => {
                ErrorCode::MissingPermission
            }
        };
        Self::new(code, denied.to_string())
    }
}

impl IntoResponse for ApiError {
    /// The status and headers; the layer around all routes writes the body, since it knows the request's id.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or_default();
        let mut response = status.into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after {
            // Whole seconds, rounded up: who waits as long as it says is let in.
            let seconds = wait.as_millis().div_ceil(1000).max(1) as u64;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}
