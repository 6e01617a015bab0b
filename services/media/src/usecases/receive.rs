use kith_policy::{AttachFiles, ChannelAccess, require};
use kith_store::files::{Received, StorageFull};
use kith_types::{FileId, FileName};
use kith_wire::{Attachment, ErrorCode};

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
    let user = granted.user();
    let most = core.bounds.file;
    if incoming.length().is_some_and(|length| length > most) {
        return Err(too_large("a file", most));
    }
    let announced = incoming.length().unwrap_or(0);
    let storage = core.bounds.storage;
    let begun = core
        .store
        .begin_attachment(&granted, filename, announced as i64, storage)
        .await?;
    let file = begun.map_err(|full| no_room(full, core))?;
    let stored = store(core, file, incoming, announced).await;
    let kind = match stored {
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
        content_type: kind.content_type.to_owned(),
        size: incoming.size() as i64,
        sha256: incoming.sha256(),
        pixels: kind.pixels,
        waits: kind.waits,
    };
    let attachment = core.store.finish_file(file, &received).await?;
    if kind.waits {
        images::enqueue_next(core, user).await;
    }
    metrics::counter!("kith_uploaded_bytes_total").increment(incoming.size());
    Ok(attachment)
}

/// What a file seems to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) content_type: &'static str,
    /// Of an image whose first bytes tell it: as it is to be shown.
    pub(super) pixels: Option<(i32, i32)>,
    /// Whether what it says about its maker has to go before anybody gets it.
    pub(super) waits: bool,
}

/// Takes its parts in one by one. `counted` bytes are counted as stored already.
async fn store(
    core: &Core,
    file: FileId,
    incoming: &mut Incoming,
    mut counted: u64,
) -> Result<Kind, Failure> {
    let key = images::original(file);
    let part = incoming.part(core).await?;
    if part.is_empty() {
        return Err(Failure::field("body", "must not be empty"));
    }
    count(core, file, incoming.size(), &mut counted).await?;
    let mut buffer = part.load(core).await?;
    let found = look(core, &buffer.bytes, buffer.is_last)?;
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
        // While one part is sent the next one comes.
        let sending = async {
            let sent = upload.part(buffer.bytes.clone()).await;
            drop(buffer);
            sent.map_err(|error| Failure::from(images::unavailable(error)))
        };
        let (outcome, next) = tokio::join!(sending, incoming.part(core));
        outcome?;
        let part = next?;
        count(core, file, incoming.size(), &mut counted).await?;
        buffer = part.load(core).await?;
    }
    upload.finish().await.map_err(images::unavailable)?;
    Ok(found)
}

/// Counts what has come beyond what was counted before, if there is room for it.
async fn count(core: &Core, file: FileId, came: u64, counted: &mut u64) -> Result<(), Failure> {
    let more = came.saturating_sub(*counted);
    if more == 0 {
        return Ok(());
    }
    let grown = core
        .store
        .grow_file(file, more as i64, core.bounds.storage)
        .await?;
    grown.map_err(|full| no_room(full, core))?;
    *counted += more;
    Ok(())
}

fn no_room(full: StorageFull, core: &Core) -> Failure {
    let megabytes = |bytes: i64| bytes / 1_000_000;
    let bounds = core.bounds.storage;
    Failure::refused(
        ErrorCode::LimitReached,
        match full {
            StorageFull::Account { used } => format!(
                "your files have {} of the {} MB that one may keep here; there is no room for this one until some are deleted",
                megabytes(used),
                megabytes(bounds.account)
            ),
            StorageFull::Instance => format!(
                "all files together have reached the {} MB that are kept here",
                megabytes(bounds.instance)
            ),
        },
    )
}

/// What it is. An image that would be too much to decode is refused before the rest of it comes; what only begins like one is a
/// mere file. `is_whole`: no more bytes will come that could tell.
pub(super) fn look(core: &Core, head: &[u8], is_whole: bool) -> Result<Kind, Failure> {
    let content_type = kind::sniff(head);
    let found = Kind {
        content_type,
        pixels: None,
        waits: kind::is_in_boxes(content_type),
    };
    let Some(format) = kind::image_format(content_type) else {
        return Ok(found);
    };
    let Some((width, height)) = kind::pixels(head, format) else {
        return Ok(Kind {
            content_type: if is_whole { kind::BINARY } else { content_type },
            waits: !is_whole,
            ..found
        });
    };
    if u64::from(width) * u64::from(height) > core.bounds.pixels {
        let most = core.bounds.pixels / 1_000_000;
        return Err(Failure::field(
            "body",
            format!("has {width} × {height} pixels; an image may have {most} million"),
        ));
    }
    Ok(Kind {
        pixels: Some((width as i32, height as i32)),
        waits: true,
        ..found
    })
}
