use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use kith_blobs::PART_BYTES;
use kith_http::ApiError;
use kith_policy::{AttachFiles, ChannelAccess, require};
use kith_store::files::Received;
use kith_types::{FileId, FileName};
use kith_wire::{Attachment, ErrorCode};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use super::kind;
use crate::core::Bounds;
use crate::{Core, Failure, images};

/// A file that somebody sends.
pub(crate) struct Incoming {
    filename: FileName,
    /// As the request announces it.
    length: Option<u64>,
    pieces: BoxStream<'static, Result<Bytes, axum::Error>>,
    /// What came behind the end of a part.
    rest: Bytes,
    hash: Sha256,
    size: u64,
}

/// A part of a file, and the right to hold it in memory.
struct Buffer {
    bytes: Bytes,
    is_last: bool,
    _permit: OwnedSemaphorePermit,
}

impl Incoming {
    pub(crate) fn new(filename: FileName, request: Request) -> Self {
        let length = request
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let body: Body = request.into_body();
        Self {
            filename,
            length,
            pieces: body.into_data_stream().boxed(),
            rest: Bytes::new(),
            hash: Sha256::new(),
            size: 0,
        }
    }

    /// The next part: full, unless it is the last one.
    async fn part(&mut self, core: &Core) -> Result<Buffer, Failure> {
        let permit = core.buffers.clone().acquire_owned().await;
        let permit = permit.map_err(ApiError::unavailable)?;
        let mut bytes = BytesMut::with_capacity(PART_BYTES);
        let mut is_last = false;
        while bytes.len() < PART_BYTES {
            if self.rest.is_empty() {
                let Some(piece) = self.piece(core.bounds.idle).await? else {
                    is_last = true;
                    break;
                };
                self.rest = piece;
            }
            let fits = self.rest.len().min(PART_BYTES - bytes.len());
            bytes.extend_from_slice(&self.rest.split_to(fits));
        }
        self.size += bytes.len() as u64;
        if self.size > core.bounds.file {
            return Err(too_large(core));
        }
        self.hash.update(&bytes);
        Ok(Buffer {
            bytes: bytes.freeze(),
            is_last,
            _permit: permit,
        })
    }

    /// Lets the rest of a refused file go by, as much as a file may have: who is still sending hears no answer, only that the
    /// connection ends.
    async fn drain(&mut self, bounds: Bounds) {
        let mut left = bounds.file;
        while left > 0 {
            match self.piece(bounds.idle).await {
                Ok(Some(piece)) => left = left.saturating_sub(piece.len() as u64),
                Ok(None) | Err(_) => return,
            }
        }
    }

    async fn piece(&mut self, idle: Duration) -> Result<Option<Bytes>, Failure> {
        let next = tokio::time::timeout(idle, self.pieces.next()).await;
        let next = next.map_err(|_| {
            let seconds = idle.as_secs();
            Failure::field("body", format!("nothing came for {seconds} seconds"))
        })?;
        next.transpose().map_err(|error| {
            let ended = ApiError::field("body", "ended before it was complete");
            Failure::from(ended.because(error))
        })
    }
}

/// Takes a file in: into the object store part by part, as it comes. It can be attached once it is there.
pub(crate) async fn receive(
    core: &Core,
    access: Option<&ChannelAccess>,
    mut incoming: Incoming,
) -> Result<Attachment, Failure> {
    let taken = take(core, access, &mut incoming).await;
    if taken.is_err() {
        incoming.drain(core.bounds).await;
    }
    taken
}

async fn take(
    core: &Core,
    access: Option<&ChannelAccess>,
    incoming: &mut Incoming,
) -> Result<Attachment, Failure> {
    let granted = require::<AttachFiles>(access, core.store.now())?;
    if incoming
        .length
        .is_some_and(|length| length > core.bounds.file)
    {
        return Err(too_large(core));
    }
    let file = core
        .store
        .begin_attachment(&granted, &incoming.filename)
        .await?;
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
        size: incoming.size as i64,
        sha256: incoming.hash.finalize_reset().into(),
        pixels,
    };
    let attachment = core.store.finish_file(file, &received).await?;
    if pixels.is_some() {
        images::enqueue(core, file).await;
    }
    metrics::counter!("kith_uploaded_bytes_total").increment(incoming.size);
    Ok(attachment)
}

type Kind = (&'static str, Option<(i32, i32)>);

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
fn look(core: &Core, head: &[u8]) -> Result<Kind, Failure> {
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

fn too_large(core: &Core) -> Failure {
    let most = core.bounds.file / 1_000_000;
    Failure::refused(
        ErrorCode::PayloadTooLarge,
        format!("a file may have {most} MB"),
    )
}
