//! Takes out of an image file everything that does not make the picture, without decoding it.
//!
//! Each format has a list of what stays; everything else goes, whoever invented it: metadata, thumbnails, comments, what stands
//! behind the picture's end. What stays is written as it was, so no pixel changes, and what was stripped once is not changed by
//! stripping it again. What cannot be walked through to its end is no picture.

mod gif;
mod jpeg;
mod png;
mod webp;

pub(super) use jpeg::is_progressive;

use image::ImageFormat;
use image::metadata::Orientation;

/// Where an image file is not as its format wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no whole picture: {0}")]
pub(crate) struct Malformed(pub(crate) &'static str);

/// The file with nothing but its picture. `orientation` is written into a PNG, which browsers turn by it; the others are
/// expected to lie as they are shown.
pub(super) fn strip(
    bytes: &[u8],
    format: ImageFormat,
    orientation: Orientation,
) -> Result<Vec<u8>, Malformed> {
    match format {
        ImageFormat::Jpeg => jpeg::strip(bytes),
        ImageFormat::Png => png::strip(bytes, orientation),
        ImageFormat::WebP => webp::strip(bytes),
        ImageFormat::Gif => gif::strip(bytes),
        _ => Err(Malformed("its format is not known")),
    }
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or(Malformed("it breaks off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("it was taken with that length"))
    }
}

#[cfg(test)]
mod tests;
