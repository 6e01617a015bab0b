//! What is done with images, films and sound before anybody gets them, by a durable queue: a process that is killed in the middle loses nothing,
//! another one begins anew. All of it can be done twice.

mod clean;
mod colours;
mod decoding;
mod queue;
mod square;
mod strip;
mod thumbnail;
mod work;

use std::time::Duration;

use kith_blobs::BlobError;
use kith_http::ApiError;
use kith_types::FileId;

pub(crate) use clean::orientation;
pub(crate) use decoding::{Decoding, HEAD, weight};
pub(crate) use queue::{IN_TURN, enqueue, enqueue_next};
pub(crate) use square::{Square, square};
pub(crate) use strip::Malformed;
pub(crate) use work::{Obstacle, work};

/// The largest thumbnail that is made: 800 × 800 pixels as PNG.
pub(crate) const MOST_THUMBNAIL: usize = 4 * 1024 * 1024;
/// The largest picture of a person or a guild that is made: 256 × 256 pixels as PNG.
pub(crate) const MOST_PICTURE: usize = 512 * 1024;
/// How long a client should wait while the object store is away.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Where a file's bytes are.
pub(crate) fn original(file: FileId) -> String {
    format!("files/{file}")
}

/// Where an image's thumbnail is.
pub(crate) fn thumbnail(file: FileId) -> String {
    format!("thumbnails/{file}")
}

/// What a client is told when the object store does not do what it should: text goes on, files do not.
pub(crate) fn unavailable(error: BlobError) -> ApiError {
    match error {
        // The row says that it is there.
        BlobError::NotFound | BlobError::OutOfRange => ApiError::internal(error),
        BlobError::Unavailable(_) | BlobError::Refused(_) => {
            ApiError::unavailable(error).with_retry_after(RETRY_AFTER)
        }
    }
}
