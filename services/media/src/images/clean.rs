//! Takes out of an image what it says about who made it, where and with what.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use img_parts::jpeg::{Jpeg, markers};
use img_parts::png::Png;
use img_parts::webp::WebP;

/// Of an image that has to be encoded anew because it lies on its side.
const QUALITY: u8 = 92;

/// Why nothing can be made of an image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CleanError {
    #[error("it cannot be decoded: {0}")]
    Decode(#[from] ImageError),
    #[error("it cannot be taken apart: {0}")]
    Parts(#[from] img_parts::Error),
    #[error("it has more pixels than its first bytes said")]
    TooLarge,
}

/// An image that says nothing about its maker.
pub(super) struct Clean {
    pub(super) bytes: Bytes,
    /// Decoded and upright; of an animation the first picture.
    pub(super) image: DynamicImage,
}

/// Decodes an image of at most so many pixels, turns it upright and takes its metadata out. What is upright already keeps its
/// pixels as they were encoded.
pub(super) fn clean(bytes: Vec<u8>, format: ImageFormat, pixels: u64) -> Result<Clean, CleanError> {
    let (mut image, orientation) = decode(&bytes, format, pixels)?;
    let bytes = if orientation == Orientation::NoTransforms {
        strip(bytes.into(), format)?
    } else {
        image.apply_orientation(orientation);
        encode(&image, format)?.into()
    };
    Ok(Clean { bytes, image })
}

/// The pixels of an image of at most so many, of an animation the first picture; and how it has to be turned.
pub(super) fn decode(
    bytes: &[u8],
    format: ImageFormat,
    pixels: u64,
) -> Result<(DynamicImage, Orientation), CleanError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    // Sixteen bits each of red, green, blue and alpha, and as much again for what the decoder needs.
    limits.max_alloc = Some(pixels * 16);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > pixels {
        return Err(CleanError::TooLarge);
    }
    let orientation = decoder.orientation()?;
    Ok((DynamicImage::from_decoder(decoder)?, orientation))
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    if format == ImageFormat::Jpeg {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        image.to_rgb8().write_with_encoder(encoder)?;
    } else {
        image.write_to(&mut Cursor::new(&mut bytes), format)?;
    }
    Ok(bytes)
}

/// Keeps the pieces that make the picture, and the colour profile, without which its colours would be others.
fn strip(bytes: Bytes, format: ImageFormat) -> Result<Bytes, img_parts::Error> {
    Ok(match format {
        ImageFormat::Jpeg => {
            let mut jpeg = Jpeg::from_bytes(bytes)?;
            jpeg.segments_mut().retain(|segment| {
                let marker = segment.marker();
                let is_profile =
                    marker == markers::APP2 && segment.contents().starts_with(b"ICC_PROFILE\0");
                // APP14 says how the colours are encoded.
                let is_described = matches!(marker, markers::APP0 | markers::APP14);
                let is_word =
                    marker == markers::COM || (markers::APP0..=markers::APP15).contains(&marker);
                is_profile || is_described || !is_word
            });
            jpeg.encoder().bytes()
        }
        ImageFormat::Png => {
            const KEPT: [&[u8; 4]; 15] = [
                b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP",
                b"cICP", b"sBIT", b"pHYs", b"acTL", b"fcTL", b"fdAT",
            ];
            let mut png = Png::from_bytes(bytes)?;
            png.chunks_mut()
                .retain(|chunk| KEPT.contains(&&chunk.kind()));
            png.encoder().bytes()
        }
        ImageFormat::WebP => {
            let mut webp = WebP::from_bytes(bytes)?;
            webp.remove_chunks_by_id(*b"EXIF");
            webp.remove_chunks_by_id(*b"XMP ");
            webp.encoder().bytes()
        }
        _ => bytes,
    })
}
