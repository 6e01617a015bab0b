use bytes::Bytes;
use kith_http::ApiError;
use kith_store::files::Received;
use kith_store::pictures::{NewPicture, PictureKind};
use kith_types::{FileId, UserId};
use sha2::{Digest, Sha256};

use crate::images::{Square, square, weight};
use crate::usecases::incoming::Incoming;
use crate::usecases::kind::image_format;
use crate::usecases::receive::look;
use crate::{Core, Failure, images};

/// Reads what is sent and makes a picture of it.
pub(super) async fn take(core: &Core, incoming: &mut Incoming) -> Result<Square, Failure> {
    let mut sent = incoming.picture(core).await?;
    if sent.is_empty() {
        return Err(Failure::field("body", "must not be empty"));
    }
    let head = sent.head().await?;
    let content_type = look(core, &head, true)?.content_type;
    let format = image_format(content_type).ok_or_else(|| {
        let message = format!("is {content_type}; a picture is PNG, JPEG, WebP or GIF");
        Failure::field("body", message)
    })?;
    // Memory is taken when it can be used: who waits to be decoded holds none.
    let needed = weight(&head, format).unwrap_or(0);
    let room = core.decoding.room(needed).await;
    let room = room.map_err(ApiError::unavailable)?;
    let _room = room.ok_or_else(|| Failure::field("body", core.decoding.refusal()))?;
    let sent = sent.load(core).await?;
    let pixels = core.bounds.pixels;
    let made = tokio::task::spawn_blocking(move || square(&sent.bytes, format, pixels)).await;
    made.map_err(ApiError::internal)?.map_err(|error| {
        let wrong = ApiError::field("body", format!("begins like {content_type}, but {error}"));
        Failure::from(wrong)
    })
}

/// Stores a picture, which nobody sees yet.
pub(super) async fn store(
    core: &Core,
    kind: PictureKind,
    uploader: UserId,
    made: Square,
) -> Result<NewPicture, Failure> {
    let id = core.store.begin_picture(kind, uploader).await?;
    let side = made.side as i32;
    let received = Received {
        content_type: made.content_type.to_owned(),
        size: made.bytes.len() as i64,
        sha256: Sha256::digest(&made.bytes).into(),
        pixels: Some((side, side)),
        waits: false,
    };
    let bytes = Bytes::from(made.bytes);
    if let Err(error) = core.blobs.put(&images::original(id), bytes).await {
        give_up(core, id).await;
        return Err(images::unavailable(error).into());
    }
    Ok(NewPicture { id, received })
}

/// Lets a picture go that nobody will see.
pub(super) async fn give_up(core: &Core, picture: FileId) {
    // If this fails too, it goes with the day.
    if let Err(error) = core.store.give_up_file(picture).await {
        tracing::debug!(error = %error, "a picture that is not shown goes tomorrow");
    }
}

/// Wakes the relay, which has events to publish.
pub(super) async fn nudge(core: &Core) {
    if let Err(error) = core.bus.nudge().await {
        tracing::debug!(error = %error, "the relay could not be nudged");
    }
}
