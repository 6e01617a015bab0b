use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

/// Why the object store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such object.
    #[error("there is no such object")]
    NotFound,
    /// The object does not reach that far.
    #[error("the object does not reach that far")]
    OutOfRange,
    /// It cannot be reached, or is busy.
    #[error("the object store does not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It does not let us, or there is no such bucket: a matter of the configuration.
    #[error("the object store refuses")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
}

impl BlobError {
    /// By what the server answered, if it did.
    pub(crate) fn of<E>(error: SdkError<E>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let status = error
            .raw_response()
            .map_or(0, |response| response.status().as_u16());
        let code = error.code().unwrap_or_default();
        match (status, code) {
            (404, code) if code != "NoSuchBucket" => Self::NotFound,
            (416, _) => Self::OutOfRange,
            (400..=499, _) => Self::Refused(Box::new(error)),
            _ => Self::Unavailable(Box::new(error)),
        }
    }
}
