use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kith_policy::Denied;
use kith_types::Decision;
use kith_wire::{ErrorCode, ErrorDetail, ErrorEnvelope};
use utoipa::IntoResponses;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{Ref, RefOr};

/// When to try again what something was missing for, unless it is known better.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(2);

/// Why a request was not done: a code and words for the client, and perhaps a cause that only the log sees.
///
/// [`crate::surround`] turns it into the answer, with the request's id, and logs the cause once.
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: ErrorCode,
    message: Cow<'static, str>,
    details: Vec<ErrorDetail>,
    retry_after: Option<Duration>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl ApiError {
    /// An error in other words than the code's usual ones (`ErrorCode::into` gives those).
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut error = Self::from(code);
        error.0.message = Cow::Owned(message.into());
        error
    }

    /// It does not exist, or the asker may not see it.
    pub fn not_found() -> Self {
        Self::from(ErrorCode::NotFound)
    }

    /// One field of the request is wrong.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::from(ErrorCode::InvalidRequest).and_field(field, message)
    }

    /// A limiter refused: the answer says when the same request will be allowed.
    pub fn rate_limited(decision: Decision) -> Self {
        Self::from(ErrorCode::RateLimited).with_retry_after(decision.retry_after)
    }

    /// A mistake of ours.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::from(ErrorCode::Internal).because(cause)
    }

    /// Something that the request needs is away.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::from(ErrorCode::Unavailable).because(cause)
    }

    /// Names one more field that is wrong.
    #[must_use]
    pub fn and_field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.details.push(ErrorDetail {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// When the same request may succeed; told in whole seconds, rounded up, so that who waits as long is let in.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// What lies behind it, for the log only.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body, with the id of the request.
    pub(crate) fn envelope(&self, request_id: String) -> ErrorEnvelope {
        ErrorEnvelope {
            error: kith_wire::ErrorBody {
                code: self.0.code,
                message: self.0.message.clone().into_owned(),
                details: self.0.details.clone(),
                request_id,
            },
        }
    }

    /// Tells the operator, inside the request's span. Only what is a mistake of ours needs somebody to act.
    pub(crate) fn log(&self) {
        let code: &str = self.0.code.into();
        let cause = self.0.cause.as_deref().map(Chain);
        let cause = cause.as_ref().map(tracing::field::display);
        match self.0.code {
            ErrorCode::Internal => {
                tracing::error!(error.code = code, error.cause = cause, "a request failed");
            }
            ErrorCode::Unavailable => tracing::warn!(
                error.code = code,
                error.cause = cause,
                "a request cannot be done now"
            ),
            _ => tracing::debug!(
                error.code = code,
                error.cause = cause,
                "a request was refused"
            ),
        }
    }
}

/// An error with its causes.
struct Chain<'a>(&'a (dyn Error + Send + Sync + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

/// In the code's usual words.
impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self(Box::new(Inner {
            code,
            message: Cow::Borrowed(usual_words(code)),
            details: Vec::new(),
            retry_after: (code == ErrorCode::Unavailable).then_some(UNAVAILABLE_RETRY),
            cause: None,
        }))
    }
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Hidden => Self::from(ErrorCode::NotFound),
            Denied::Blocked => Self::from(ErrorCode::Blocked),
            Denied::Missing(_)
            | Denied::MissingInChannel(_)
            | Denied::NotInDirect
            | Denied::NotOwner => Self::new(ErrorCode::MissingPermission, denied.to_string()),
        }
    }
}

/// What [`crate::surround`] finds in a response that is still to be written.
#[derive(Clone)]
pub(crate) struct Failure(pub(crate) Arc<ApiError>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        if let Some(after) = self.0.retry_after {
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Failure(Arc::new(self)));
        response
    }
}

/// For the OpenAPI document: every operation may answer with an [`ErrorEnvelope`].
impl IntoResponses for ApiError {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let schema = Ref::from_schema_name("ErrorEnvelope");
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description("What is wrong; see `code`")
            .content("application/json", content)
            .build();
        BTreeMap::from([(String::from("default"), response.into())])
    }
}

const fn usual_words(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidRequest => "the request is not as it must be; see the details",
        ErrorCode::Unauthenticated => "log in, or refresh the access token",
        ErrorCode::InvalidCredentials => "the user name or the password is wrong",
        ErrorCode::InvalidRefreshToken => "the refresh token is not valid any more; log in again",
        ErrorCode::SignatureInvalid => "the request is not signed as it must be",
        ErrorCode::SignatureExpired => "the signature is not one for now; sign anew",
        ErrorCode::SignatureReplayed => "this request came before; sign anew",
        ErrorCode::UnknownKey => "the origin does not publish this key",
        ErrorCode::WrongOrigin => "an instance speaks for itself and its own users only",
        ErrorCode::WrongDestination => "this is meant for another instance",
        ErrorCode::PeerRefused => "one of the two instances does not speak with the other",
        ErrorCode::MissingPermission => "you may not do this here",
        ErrorCode::RoleHierarchy => "this is not below your own highest role",
        ErrorCode::Blocked => "one of you has blocked the other",
        ErrorCode::Banned => "you are banned from this guild",
        ErrorCode::NotFound => "it does not exist, or you may not see it",
        ErrorCode::MethodNotAllowed => "the route does not have this method",
        ErrorCode::UsernameTaken => "the user name is taken",
        ErrorCode::NonceReused => "this nonce was used for another text",
        ErrorCode::Conflict => "something changed meanwhile; read again and repeat",
        ErrorCode::OwnerCannotLeave => "the owner cannot leave; delete the guild",
        ErrorCode::InviteExpired => "the invite is expired, used up or revoked",
        ErrorCode::RangeNotSatisfiable => "the file does not reach that far",
        ErrorCode::PayloadTooLarge => "the body is too large",
        ErrorCode::UnsupportedMediaType => "the body must be application/json",
        ErrorCode::LimitReached => "there may not be more of these",
        ErrorCode::RateLimited => "too many requests; wait as long as Retry-After says",
        ErrorCode::Internal => "a mistake of ours; the request id finds it in the log",
        ErrorCode::Unavailable => "something that this needs is away; try again later",
    }
}
