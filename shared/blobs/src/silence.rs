use std::time::Duration;

use aws_sdk_s3::error::SdkError;
use futures_util::future::BoxFuture;

use crate::{BlobError, Blobs};

/// A server that has said nothing for so long is asked whether it is there.
const ASK_AFTER: Duration = Duration::from_secs(2);
/// How long it may take to say so: it looks up one name for it, however busy its disks are.
const PATIENCE: Duration = Duration::from_secs(3);
/// So many questions in a row without an answer mean that it is not.
const QUESTIONS: u32 = 2;

/// It takes requests and does not answer the shortest one.
#[derive(Debug, thiserror::Error)]
#[error("the server gives no sign of life")]
struct Silent;

impl Blobs {
    /// What comes of `work`, or [`BlobError::Unavailable`] as soon as the server is found to stand still. It may take long over
    /// a part of a file, which is why a request's own bound is long; so it is asked for a sign of life meanwhile.
    pub(crate) fn unless_silent<'a, T: 'a>(
        &'a self,
        work: impl Future<Output = Result<T, BlobError>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, BlobError>> {
        // Requests of the library are some of the largest futures that there are.
        Box::pin(async move {
            tokio::select! {
                biased;
                done = work => done,
                () = self.silence() => Err(BlobError::Unavailable(Box::new(Silent))),
            }
        })
    }

    /// Ends when the server gives no sign of life.
    async fn silence(&self) {
        let mut unanswered = 0;
        while unanswered < QUESTIONS {
            tokio::time::sleep(ASK_AFTER).await;
            let question = self.client.head_bucket().bucket(&*self.bucket).send();
            match tokio::time::timeout(PATIENCE, question).await {
                // A refusal is a sign of life too.
                Ok(Ok(_) | Err(SdkError::ServiceError(_))) => unanswered = 0,
                Ok(Err(_)) | Err(_) => unanswered += 1,
            }
        }
    }
}
