use std::time::Duration;

use kith_bus::Queue;
use kith_types::FileId;

use crate::Core;

/// Images to work on. The rights of the role's NATS user name it too.
pub(super) const IMAGES: Queue = Queue {
    name: "images",
    ack_wait: Duration::from_secs(6),
    attempts: 10,
    max_at_work: 64,
};

/// Asks for an image to be worked on. If the queue is away, whoever purges asks again.
pub(crate) async fn enqueue(core: &Core, file: FileId) {
    let text = file.to_string();
    if let Err(error) = core.bus.enqueue(&IMAGES, &text, text.clone()).await {
        tracing::warn!(error = %error, "an image has to wait until the queue is back");
    }
}
