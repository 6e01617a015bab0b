use kith_bus::IMAGES;
use kith_types::{FileId, UserId};

use crate::Core;

/// So many images of one account are in the queue at once. The others wait in their rows until one of these is done, so that
/// whoever comes with one picture waits for a few of each, and not for a folder of somebody else's.
pub(crate) const IN_TURN: i64 = 2;

/// Asks for the next images of an account to be worked on; those that are in the queue already are not put there again.
pub(crate) async fn enqueue_next(core: &Core, account: UserId) {
    match core.store.next_files_of(account, IN_TURN).await {
        Ok(files) => {
            for file in files {
                enqueue(core, file).await;
            }
        }
        Err(error) => tracing::warn!(error = %error, "images have to wait until somebody looks"),
    }
}

/// Asks for an image to be worked on. If the queue is away, whoever purges asks again.
pub(crate) async fn enqueue(core: &Core, file: FileId) {
    let text = file.to_string();
    if let Err(error) = core.bus.enqueue(&IMAGES, &text, text.clone()).await {
        tracing::warn!(error = %error, "an image has to wait until the queue is back");
    }
}
