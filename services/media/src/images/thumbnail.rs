use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageError, ImageFormat};

use super::clean::Picture;

/// Enough for a picture that is 400 wide on a screen with two dots to a pixel.
const MOST: u32 = 800;
/// What ThumbHash takes at most.
const HASHED: u32 = 100;
const QUALITY: u8 = 80;

/// A small version of a picture, encoded, in the colours that everybody shows; and its ThumbHash.
pub(super) fn make(mut picture: Picture) -> Result<(Vec<u8>, Vec<u8>), ImageError> {
    if picture.image.width() > MOST || picture.image.height() > MOST {
        picture.image = picture.image.thumbnail(MOST, MOST);
    }
    let small = picture.in_srgb();
    let bytes = encode(&small, QUALITY)?;
    let tiny = small.thumbnail(HASHED, HASHED).to_rgba8();
    let hash =
        thumbhash::rgba_to_thumb_hash(tiny.width() as usize, tiny.height() as usize, tiny.as_raw());
    Ok((bytes, hash))
}

/// As PNG if one can see through it, else as JPEG.
pub(super) fn encode(image: &DynamicImage, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    if image.color().has_alpha() {
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
        image.write_with_encoder(encoder)?;
    }
    Ok(bytes)
}
