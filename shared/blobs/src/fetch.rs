use std::ops::Range;

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

use crate::{BlobError, Blobs};

/// An object, or a part of it, on its way.
pub struct Fetched {
    blobs: Blobs,
    body: ByteStream,
}

impl Blobs {
    /// An object, or of it these bytes.
    pub async fn fetch(&self, key: &str, range: Option<Range<u64>>) -> Result<Fetched, BlobError> {
        let range = range.map(|range| format!("bytes={}-{}", range.start, range.end - 1));
        let found = self
            .client
            .get_object()
            .bucket(&*self.bucket)
            .key(key)
            .set_range(range)
            .send();
        let found = async { found.await.map_err(BlobError::of) };
        Ok(Fetched {
            blobs: self.clone(),
            body: self.unless_silent(found).await?.body,
        })
    }
}

impl Fetched {
    /// The next piece; none at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, BlobError>> {
        let body = &mut self.body;
        let next = async {
            let next = body.next().await.transpose();
            next.map_err(|error| BlobError::Unavailable(Box::new(error)))
        };
        self.blobs.unless_silent(next).await.transpose()
    }

    /// Everything, if it is no more than `most` bytes.
    pub async fn whole(mut self, most: usize) -> Result<Vec<u8>, BlobError> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.next().await {
            bytes.extend_from_slice(&piece?);
            if bytes.len() > most {
                return Err(BlobError::OutOfRange);
            }
        }
        Ok(bytes)
    }
}
