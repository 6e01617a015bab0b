use std::time::{Duration, Instant};

use crate::{BlobError, Blobs};

/// What is stored and removed to see that one may.
const KEY: &str = "probe";

impl Blobs {
    /// Stores a small object, reads it and removes it. How long that took.
    pub async fn probe(&self) -> Result<Duration, BlobError> {
        let before = Instant::now();
        self.put(KEY, bytes::Bytes::from_static(b"probe")).await?;
        self.fetch(KEY, None).await?.whole(5).await?;
        self.remove(KEY).await?;
        Ok(before.elapsed())
    }

    /// Makes the bucket, where the server lets us. One that is there is fine.
    pub async fn ensure_bucket(&self) -> Result<(), BlobError> {
        let head = self.client.head_bucket().bucket(&*self.bucket).send();
        let head = async { head.await.map_err(BlobError::of) };
        match self.unless_silent(head).await {
            Ok(_) => Ok(()),
            Err(BlobError::NotFound | BlobError::Refused(_)) => {
                let made = self.client.create_bucket().bucket(&*self.bucket).send();
                let made = async { made.await.map_err(BlobError::of) };
                self.unless_silent(made).await?;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
