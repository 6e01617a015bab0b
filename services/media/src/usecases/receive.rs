use kith_policy::{AttachFiles, ChannelAccess, require};
use kith_store::files::Received;
use kith_types::{FileId, FileName};
use kith_wire::Attachment;

use super::incoming::{Incoming, too_large};
use super::kind;
use crate::{Core, Failure, images};

/// Takes a file in: into the object store part by part, as it comes. It can be attached once it is there.
pub(crate) async fn receive(
    core: &Core,
    access: Option<&ChannelAccess>,
    filename: &FileName,
    mut incoming: Incoming,
) -> Result<Attachment, Failure> {
    let taken = take(core, access, filename, &mut incoming).await;
    if taken.is_err() {
        incoming.drain(core.bounds).await;
    }
    taken
}

async fn take(
    core: &Core,
    access: Option<&ChannelAccess>,
    filename: &FileName,
    incoming: &mut Incoming,
) -> Result<Attachment, Failure> {
    let granted = require::<AttachFiles>(access, core.store.now())?;
    let most = core.bounds.file;
    if incoming.length().is_some_and(|length| length > most) {
        return Err(too_large("a file", most));
    }
    let file = core.store.begin_attachment(&granted, filename).await?;
    let stored = store(core, file, incoming).await;
    let (content_type, pixels) = match stored {
        Ok(kind) => kind,
        Err(failure) => {
            // If this fails too, the file goes with the day.
            if let Err(error) = core.store.give_up_file(file).await {
                tracing::debug!(error = %error, "a file that was broken off goes tomorrow");
            }
            return Err(failure);
        }
    };
    let received = Received {
        content_type: content_type.to_owned(),
        size: incoming.size() as i64,
        sha256: incoming.sha256(),
        pixels,
    };
    let attachment = core.store.finish_file(file, &received).await?;
    if pixels.is_some() {
        images::enqueue(core, file).await;
    }
    metrics::counter!("kith_uploaded_bytes_total").increment(incoming.size());
    Ok(attachment)
}

pub(super) type Kind = (&'static str, Option<(i32, i32)>);

async fn store(core: &Core, file: FileId, incoming: &mut Incoming) -> Result<Kind, Failure> {
    let key = images::original(file);
    let mut buffer = incoming.part(core).await?;
    if buffer.bytes.is_empty() {
        return Err(Failure::field("body", "must not be empty"));
    }
    let found = look(core, &buffer.bytes)?;
    if buffer.is_last {
        core.blobs
            .put(&key, buffer.bytes)
            .await
            .map_err(images::unavailable)?;
        return Ok(found);
    }
    let mut upload = core.blobs.begin(&key).await.map_err(images::unavailable)?;
    loop {
        if buffer.is_last {
            if !buffer.bytes.is_empty() {
                let sent = upload.part(buffer.bytes).await;
                sent.map_err(images::unavailable)?;
            }
            break;
        }
        // While one part is sent the next one comes, if there is room for it. What is sent lets go of its room in the end,
        // whoever waits for it: so there is always somebody who goes on.
        let sending = async {
            let sent = upload.part(buffer.bytes.clone()).await;
            drop(buffer);
            sent.map_err(|error| Failure::from(images::unavailable(error)))
        };
        let (outcome, next) = tokio::join!(sending, incoming.part(core));
        outcome?;
        buffer = next?;
    }
    upload.finish().await.map_err(images::unavailable)?;
    Ok(found)
}

/// What it is. An image that would be too much to decode is refused before the rest of it comes.
pub(super) fn look(core: &Core, head: &[u8]) -> Result<Kind, Failure> {
    let content_type = kind::sniff(head);
    let Some(format) = kind::image_format(content_type) else {
        return Ok((content_type, None));
    };
    let Some((width, height)) = kind::pixels(head, format) else {
        return Err(Failure::field(
            "body",
            format!("begins like {content_type}, but cannot be read as such"),
        ));
    };
    if u64::from(width) * u64::from(height) > core.bounds.pixels {
        let most = core.bounds.pixels / 1_000_000;
        return Err(Failure::field(
            "body",
            format!("has {width} × {height} pixels; an image may have {most} million"),
        ));
    }
    Ok((content_type, Some((width as i32, height as i32))))
}
