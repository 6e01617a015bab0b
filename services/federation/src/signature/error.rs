use kith_wire::ErrorCode;

/// Why a signature is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the request is not signed")]
    Missing,
    /// Two signatures, another form than the canonical one, an unknown parameter, …
    #[error("the signature cannot be read: {0}")]
    Malformed(&'static str),
    #[error("the signature does not cover {0}")]
    Uncovered(&'static str),
    #[error("the signature covers {0}, which is not there exactly once")]
    NotOnce(String),
    #[error("the body is not the one that was signed")]
    Digest,
    #[error("the signature does not fit the request")]
    Altered,
    #[error("the signature has expired")]
    Expired,
    #[error("the signature is from the future")]
    Future,
    #[error("the signature claims to be good for too long")]
    TooLong,
}

impl SignatureError {
    /// What the other instance is told.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Expired | Self::Future | Self::TooLong => ErrorCode::SignatureExpired,
            _ => ErrorCode::SignatureInvalid,
        }
    }
}
