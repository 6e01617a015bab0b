use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;

use crate::{BlobError, Blobs};

/// The size of every part but the last: the smallest that S3 allows, since so much is held in memory of each upload.
pub const PART_BYTES: usize = 5 * 1024 * 1024;

/// An object that is sent in parts. It is there once it is [finished](Self::finish). One that is dropped leaves its parts
/// behind until the key is [removed](Blobs::remove).
pub struct Upload {
    blobs: Blobs,
    key: String,
    id: String,
    parts: Vec<CompletedPart>,
}

impl Blobs {
    /// Stores a whole object; one of that name is replaced.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        let put = self
            .client
            .put_object()
            .bucket(&*self.bucket)
            .key(key)
            .body(ByteStream::from(bytes))
            .send();
        let put = async { put.await.map_err(BlobError::of) };
        self.unless_silent(put).await?;
        Ok(())
    }

    /// Begins to send an object in parts.
    pub async fn begin(&self, key: &str) -> Result<Upload, BlobError> {
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&*self.bucket)
            .key(key)
            .send();
        let begun = async { begun.await.map_err(BlobError::of) };
        let begun = self.unless_silent(begun).await?;
        Ok(Upload {
            blobs: self.clone(),
            key: key.to_owned(),
            id: begun.upload_id.unwrap_or_default(),
            parts: Vec::new(),
        })
    }
}

impl Upload {
    /// Sends the next part: [`PART_BYTES`], and less only at the end.
    pub async fn part(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let number = self.parts.len() as i32 + 1;
        let sent = self
            .blobs
            .client
            .upload_part()
            .bucket(&*self.blobs.bucket)
            .key(&self.key)
            .upload_id(&self.id)
            .part_number(number)
            .body(ByteStream::from(bytes))
            .send();
        let sent = async { sent.await.map_err(BlobError::of) };
        let sent = self.blobs.unless_silent(sent).await?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .build();
        self.parts.push(part);
        Ok(())
    }

    /// Makes the object out of its parts.
    pub async fn finish(self) -> Result<(), BlobError> {
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(self.parts))
            .build();
        let finished = self
            .blobs
            .client
            .complete_multipart_upload()
            .bucket(&*self.blobs.bucket)
            .key(&self.key)
            .upload_id(&self.id)
            .multipart_upload(parts)
            .send();
        let finished = async { finished.await.map_err(BlobError::of) };
        self.blobs.unless_silent(finished).await?;
        Ok(())
    }
}
