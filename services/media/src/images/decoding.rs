//! How much memory images may take while they are decoded, all together.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{ImageDecoder, ImageFormat, ImageReader};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

use super::clean::orientation;
use super::strip::is_progressive;

/// Decoders at once, where there are as many processors: more would only take memory.
const MOST_DECODERS: usize = 4;
/// So many first bytes tell how large an image is.
pub(crate) const HEAD: usize = 1024 * 1024;

/// The memory of a process for images that are decoded. Whoever comes first gets it first, however much they need.
pub(crate) struct Decoding {
    megabytes: Semaphore,
    all: u32,
}

impl Decoding {
    pub(crate) fn new(megabytes: usize) -> Self {
        Self {
            megabytes: Semaphore::new(megabytes),
            all: megabytes as u32,
        }
    }

    /// How many images are decoded at once.
    pub(crate) fn at_once() -> usize {
        std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(MOST_DECODERS)
    }

    /// Waits for memory; none if so much is never there.
    pub(crate) async fn room(
        &self,
        bytes: u64,
    ) -> Result<Option<SemaphorePermit<'_>>, AcquireError> {
        let megabytes = bytes.div_ceil(1_000_000).max(1);
        match u32::try_from(megabytes) {
            Ok(megabytes) if megabytes <= self.all => {
                Ok(Some(self.megabytes.acquire_many(megabytes).await?))
            }
            _ => Ok(None),
        }
    }

    /// Why an image is not decoded that needs more.
    pub(crate) fn refusal(&self) -> String {
        format!("to decode it takes more than {} MB of memory", self.all)
    }
}

/// How many bytes it takes to decode an image and to turn it, by its first bytes; none if they do not tell.
pub(crate) fn weight(head: &[u8], format: ImageFormat) -> Option<u64> {
    let reader = ImageReader::with_format(Cursor::new(head), format);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let plain = decoder.total_bytes();
    let working = match format {
        // Coefficients of two bytes for each colour, until the last scan has come.
        ImageFormat::Jpeg if is_progressive(head) => pixels * 6,
        ImageFormat::Jpeg | ImageFormat::Png => 0,
        // The canvas, and the picture that is drawn on it, in four bytes each.
        _ => pixels * 8,
    };
    let turned = match orientation(&mut decoder, format).ok()? {
        Orientation::NoTransforms => 0,
        _ => plain,
    };
    Some(plain + working + turned)
}
