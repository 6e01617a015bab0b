use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageError, ImageFormat};

/// Enough for a picture that is 400 wide on a screen with two dots to a pixel.
const MOST: u32 = 800;
/// What ThumbHash takes at most.
const HASHED: u32 = 100;
const QUALITY: u8 = 80;

/// A small version of an image, encoded, and its ThumbHash.
pub(super) fn make(image: &DynamicImage) -> Result<(Vec<u8>, Vec<u8>), ImageError> {
    let small = if image.width() > MOST || image.height() > MOST {
        image.thumbnail(MOST, MOST)
    } else {
        image.clone()
    };
    let mut bytes = Vec::new();
    if small.color().has_alpha() {
        small.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        small.to_rgb8().write_with_encoder(encoder)?;
    }
    let tiny = small.thumbnail(HASHED, HASHED).to_rgba8();
    let hash =
        thumbhash::rgba_to_thumb_hash(tiny.width() as usize, tiny.height() as usize, tiny.as_raw());
    Ok((bytes, hash))
}
