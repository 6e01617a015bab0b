use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use kith_blobs::PART_BYTES;
use kith_http::ApiError;
use kith_wire::ErrorCode;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::core::Bounds;
use crate::{Core, Failure};

/// A file that somebody sends.
pub(crate) struct Incoming {
    /// As the request announces it.
    length: Option<u64>,
    pieces: BoxStream<'static, Result<Bytes, axum::Error>>,
    /// What came behind the end of a part.
    rest: Bytes,
    hash: Sha256,
    size: u64,
}

/// A part of a file, or all of a small one, and the right to hold it in memory.
pub(super) struct Buffer {
    pub(super) bytes: Bytes,
    pub(super) is_last: bool,
    _permit: OwnedSemaphorePermit,
}

impl Incoming {
    pub(crate) fn new(request: Request) -> Self {
        let length = request
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let body: Body = request.into_body();
        Self {
            length,
            pieces: body.into_data_stream().boxed(),
            rest: Bytes::new(),
            hash: Sha256::new(),
            size: 0,
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

    /// The next part: full, unless it is the last one.
    pub(super) async fn part(&mut self, core: &Core) -> Result<Buffer, Failure> {
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
            return Err(too_large("a file", core.bounds.file));
        }
        self.hash.update(&bytes);
        Ok(Buffer {
            bytes: bytes.freeze(),
            is_last,
            _permit: permit,
        })
    }

    /// All of it, if it has no more bytes than the picture of a person or a guild may have.
    pub(super) async fn picture(&mut self, core: &Core) -> Result<Buffer, Failure> {
        let most = core.bounds.picture;
        if self.length.is_some_and(|length| length > most) {
            return Err(too_large("a picture", most));
        }
        // All of its room at once: two who had one half each would wait for each other. The configuration has room for it.
        let parts = most.div_ceil(PART_BYTES as u64) as u32;
        let permit = core.buffers.clone().acquire_many_owned(parts).await;
        let permit = permit.map_err(ApiError::unavailable)?;
        let mut bytes = BytesMut::new();
        while let Some(piece) = self.piece(core.bounds.idle).await? {
            if (bytes.len() + piece.len()) as u64 > most {
                return Err(too_large("a picture", most));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Buffer {
            bytes: bytes.freeze(),
            is_last: true,
            _permit: permit,
        })
    }

    /// Lets the rest of a refused file go by, as much as a file may have: who is still sending hears no answer, only that the
    /// connection ends.
    pub(super) async fn drain(&mut self, bounds: Bounds) {
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

/// The refusal of a file with more bytes than it may have.
pub(super) fn too_large(what: &str, most: u64) -> Failure {
    let most = most / 1_000_000;
    Failure::refused(
        ErrorCode::PayloadTooLarge,
        format!("{what} may have {most} MB"),
    )
}
