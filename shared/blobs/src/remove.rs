use aws_sdk_s3::error::ProvideErrorMetadata;

use crate::{BlobError, Blobs};

impl Blobs {
    /// Removes an object and what was sent of it and never finished. One that is not there is removed already.
    pub async fn remove(&self, key: &str) -> Result<(), BlobError> {
        let uploads = self
            .client
            .list_multipart_uploads()
            .bucket(&*self.bucket)
            .prefix(key)
            .send();
        let uploads = async {
            match uploads.await {
                Ok(listed) => Ok(listed.uploads.unwrap_or_default()),
                // The small store of a fresh checkout keeps no list; what was broken off stays there.
                Err(error) if error.code() == Some("NotImplemented") => Ok(Vec::new()),
                Err(error) => Err(BlobError::of(error)),
            }
        };
        let uploads = self.unless_silent(uploads).await?;
        for upload in uploads {
            // The prefix of one key may be another's; ours all have the same length.
            let (Some(found), Some(id)) = (upload.key(), upload.upload_id()) else {
                continue;
            };
            if found == key {
                self.abort(key, id).await?;
            }
        }
        let removed = self
            .client
            .delete_object()
            .bucket(&*self.bucket)
            .key(key)
            .send();
        let removed = async { removed.await.map_err(BlobError::of) };
        match self.unless_silent(removed).await {
            Ok(_) | Err(BlobError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn abort(&self, key: &str, id: &str) -> Result<(), BlobError> {
        let aborted = self
            .client
            .abort_multipart_upload()
            .bucket(&*self.bucket)
            .key(key)
            .upload_id(id)
            .send();
        let aborted = async { aborted.await.map_err(BlobError::of) };
        match self.unless_silent(aborted).await {
            Ok(_) | Err(BlobError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
