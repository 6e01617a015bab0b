use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use kith_blobs::PART_BYTES;
use kith_http::ApiError;
use kith_types::UserId;
use kith_wire::ErrorCode;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::room::Place;
use crate::core::Bounds;
use crate::images::HEAD;
use crate::{Core, Failure};

/// So much of a part is held in memory while it comes; the rest of it is on disk.
const IN_MEMORY: usize = 64 * 1024;
/// Who sends less than this in the time that they may be silent for is as good as silent.
const LEAST: u64 = 16 * 1024;

/// A file that somebody sends.
pub(crate) struct Incoming {
    /// As the request announces it.
    length: Option<u64>,
    account: UserId,
    pieces: BoxStream<'static, Result<Bytes, axum::Error>>,
    /// What came behind the end of a part.
    rest: Bytes,
    hash: Sha256,
    size: u64,
    /// Once a part is larger than what is held in memory, and until the file is there.
    place: Option<Place>,
    /// When it was last seen whether enough comes, and how much had come then.
    seen: (Instant, u64),
    came: u64,
}

/// A part of a file, or all of a small one, as it has come: the beginning on disk, the end in memory.
pub(super) struct Part {
    disk: Option<File>,
    memory: BytesMut,
    length: usize,
    pub(super) is_last: bool,
}

/// A part in memory, and the right to hold it there.
pub(super) struct Buffer {
    pub(super) bytes: Bytes,
    pub(super) is_last: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Incoming {
    pub(crate) fn new(request: Request, account: UserId) -> Self {
        let length = request
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let body: Body = request.into_body();
        Self {
            length,
            account,
            pieces: body.into_data_stream().boxed(),
            rest: Bytes::new(),
            hash: Sha256::new(),
            size: 0,
            place: None,
            seen: (Instant::now(), 0),
            came: 0,
        }
    }

    /// How long it is, if the request says it.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// How many bytes of it have come.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The SHA-256 of what has come.
    pub(super) fn sha256(&mut self) -> [u8; 32] {
        self.hash.finalize_reset().into()
    }

    /// The next part: full, unless it is the last one. It comes as slowly as its sender likes, and holds no memory that others
    /// wait for.
    pub(super) async fn part(&mut self, core: &Core) -> Result<Part, Failure> {
        let part = self.gather(core, PART_BYTES).await?;
        if self.size > core.bounds.file {
            return Err(too_large("a file", core.bounds.file));
        }
        Ok(part)
    }

    /// All of it, if it has no more bytes than the picture of a person or a guild may have.
    pub(super) async fn picture(&mut self, core: &Core) -> Result<Part, Failure> {
        let most = core.bounds.picture;
        if self.length.is_some_and(|length| length > most) {
            return Err(too_large("a picture", most));
        }
        let part = self.gather(core, most as usize + 1).await?;
        if part.length as u64 > most {
            return Err(too_large("a picture", most));
        }
        Ok(part)
    }

    async fn gather(&mut self, core: &Core, most: usize) -> Result<Part, Failure> {
        let mut part = Part {
            disk: None,
            memory: BytesMut::new(),
            length: 0,
            is_last: false,
        };
        while part.length < most {
            if self.rest.is_empty() {
                let Some(piece) = self.piece(core.bounds.idle).await? else {
                    part.is_last = true;
                    break;
                };
                self.rest = piece;
            }
            let fits = self.rest.len().min(most - part.length);
            part.memory.extend_from_slice(&self.rest.split_to(fits));
            part.length += fits;
            if part.memory.len() >= IN_MEMORY {
                if self.place.is_none() {
                    self.place = Some(core.room.place(self.account).await?);
                }
                self.hash.update(&part.memory);
                part.put_aside().await?;
            }
        }
        self.size += part.length as u64;
        self.hash.update(&part.memory);
        Ok(part)
    }

    /// Lets the rest of a refused file go by, as much as a file may have: who is still sending hears no answer, only that the
    /// connection ends.
    pub(super) async fn drain(&mut self, bounds: Bounds) {
        self.place = None;
        let mut left = bounds.file;
        while left > 0 {
            match self.piece(bounds.idle).await {
                Ok(Some(piece)) => left = left.saturating_sub(piece.len() as u64),
                Ok(None) | Err(_) => return,
            }
        }
    }

    async fn piece(&mut self, idle: Duration) -> Result<Option<Bytes>, Failure> {
        let (since, had) = self.seen;
        let next = tokio::time::timeout_at(since + idle, self.pieces.next());
        let lost = async {
            match &self.place {
                Some(place) => place.lost.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let next = tokio::select! {
            next = next => next,
            () = lost => {
                let slow = "others wait, and what you send comes too slowly";
                return Err(ApiError::unavailable(slow).into());
            }
        };
        let next = match next {
            Ok(next) => next,
            Err(_) if self.came - had >= LEAST => {
                self.seen = (Instant::now(), self.came);
                return Box::pin(self.piece(idle)).await;
            }
            Err(_) => {
                let (seconds, least) = (idle.as_secs(), LEAST / 1024);
                let slow = format!("less than {least} KB came within {seconds} seconds");
                return Err(Failure::field("body", slow));
            }
        };
        let piece = next.transpose().map_err(|error| {
            let ended = ApiError::field("body", "ended before it was complete");
            Failure::from(ended.because(error))
        })?;
        if let Some(piece) = &piece {
            self.came += piece.len() as u64;
            if let Some(place) = &self.place {
                place.came(piece.len());
            }
        }
        Ok(piece)
    }
}

impl Part {
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Its first bytes, as many as tell what it is.
    pub(super) async fn head(&mut self) -> Result<Bytes, Failure> {
        let Some(mut disk) = self.disk.take() else {
            return Ok(Bytes::copy_from_slice(&self.memory));
        };
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            disk.rewind()?;
            (&disk).take(HEAD as u64).read_to_end(&mut bytes)?;
            Ok::<_, io::Error>((disk, bytes))
        });
        let read = read.await.map_err(ApiError::internal)?;
        let (disk, mut bytes) = read.map_err(ApiError::unavailable)?;
        self.disk = Some(disk);
        let fits = self.memory.len().min(HEAD.saturating_sub(bytes.len()));
        bytes.extend_from_slice(&self.memory[..fits]);
        Ok(bytes.into())
    }

    /// Writes what is in memory to the disk. The file has no name: it is gone with the process, however that ends.
    async fn put_aside(&mut self) -> Result<(), Failure> {
        let (disk, memory) = (self.disk.take(), self.memory.split().freeze());
        let written = tokio::task::spawn_blocking(move || {
            let mut disk = match disk {
                Some(disk) => disk,
                None => tempfile::tempfile()?,
            };
            disk.write_all(&memory)?;
            Ok::<_, io::Error>(disk)
        });
        let written = written.await.map_err(ApiError::internal)?;
        // A disk that is full is no fault of the sender's, and may have room again.
        self.disk = Some(written.map_err(ApiError::unavailable)?);
        Ok(())
    }

    /// Brings it into memory, when there is room. From here on it goes at our own pace.
    pub(super) async fn load(self, core: &Core) -> Result<Buffer, Failure> {
        let Some(mut disk) = self.disk else {
            return Ok(Buffer {
                bytes: self.memory.freeze(),
                is_last: self.is_last,
                _permit: None,
            });
        };
        let parts = self.length.div_ceil(PART_BYTES) as u32;
        let permit = Arc::clone(&core.buffers).acquire_many_owned(parts).await;
        let permit = permit.map_err(ApiError::unavailable)?;
        let (length, end) = (self.length, self.memory);
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::with_capacity(length);
            disk.rewind()?;
            disk.read_to_end(&mut bytes)?;
            bytes.extend_from_slice(&end);
            Ok::<_, io::Error>(bytes)
        });
        let read = read.await.map_err(ApiError::internal)?;
        Ok(Buffer {
            bytes: read.map_err(ApiError::unavailable)?.into(),
            is_last: self.is_last,
            _permit: Some(permit),
        })
    }
}

/// The refusal of a file with more bytes than it may have.
pub(super) fn too_large(what: &str, most: u64) -> Failure {
    let most = most / 1_000_000;
    Failure::refused(
        ErrorCode::PayloadTooLarge,
        format!("{what} may have {most} MB"),
    )
}
