//! Takes out of an image what it says about who made it, where and with what, and makes its picture ready to be shown.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
};

use super::colours::{Profile, matching};
use super::strip::{Malformed, strip};

/// Of a JPEG that has to be encoded anew because it lies on its side.
const QUALITY: u8 = 92;

/// Why nothing can be shown of an image.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("it cannot be decoded: {0}")]
    Decode(#[from] ImageError),
    #[error("it has more pixels than its first bytes said")]
    TooLarge,
}

/// An image that says nothing about its maker.
pub(super) struct Clean {
    pub(super) bytes: Bytes,
    /// What is seen; the bytes are clean also if that cannot be found out.
    pub(super) picture: Result<Picture, DecodeError>,
}

/// What is seen of an image; of an animation the first picture.
pub(super) struct Picture {
    pub(super) image: DynamicImage,
    /// How it has to be turned to lie as it is shown.
    pub(super) orientation: Orientation,
    pub(super) profile: Option<Profile>,
}

/// Takes the metadata out of an image, and decodes it if it has at most so many pixels. Its pixels stay as they were encoded, but
/// for a JPEG that lies on its side: not everybody who shows one can turn it.
pub(super) fn clean(bytes: &[u8], format: ImageFormat, pixels: u64) -> Result<Clean, Malformed> {
    let orientation = how_it_lies(bytes, format).unwrap_or(Orientation::NoTransforms);
    let mut kept = strip(bytes, format, orientation)?;
    // Of what is kept, so that it is known that others can decode it too.
    let mut picture = decode(&kept, format, pixels);
    if let Ok(picture) = &mut picture {
        picture.orientation = orientation;
        picture.stand_up();
        if format == ImageFormat::Jpeg
            && orientation != Orientation::NoTransforms
            && let Ok(upright) = picture.encode_jpeg()
        {
            kept = upright;
        }
    }
    Ok(Clean {
        bytes: kept.into(),
        picture,
    })
}

fn how_it_lies(bytes: &[u8], format: ImageFormat) -> Result<Orientation, ImageError> {
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder()?;
    orientation(&mut decoder, format)
}

/// The pixels of an image of at most so many.
pub(super) fn decode(
    bytes: &[u8],
    format: ImageFormat,
    pixels: u64,
) -> Result<Picture, DecodeError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    // Sixteen bits each of red, green, blue and alpha, and as much again for what the decoder needs.
    limits.max_alloc = Some(pixels * 16);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > pixels {
        return Err(DecodeError::TooLarge);
    }
    let orientation = orientation(&mut decoder, format)?;
    let profile = decoder.icc_profile()?.and_then(Profile::new);
    let image = DynamicImage::from_decoder(decoder)?;
    let profile = profile.filter(|profile| profile.fits(&image));
    Ok(Picture {
        image,
        orientation,
        profile,
    })
}

/// How an image has to be turned. No browser turns a WebP, so it is shown as it lies.
pub(crate) fn orientation(
    decoder: &mut impl ImageDecoder,
    format: ImageFormat,
) -> Result<Orientation, ImageError> {
    match format {
        ImageFormat::Jpeg | ImageFormat::Png => decoder.orientation(),
        _ => Ok(Orientation::NoTransforms),
    }
}

impl Picture {
    /// Turns it as it is shown.
    pub(super) fn stand_up(&mut self) {
        let orientation = std::mem::replace(&mut self.orientation, Orientation::NoTransforms);
        self.image.apply_orientation(orientation);
    }

    /// The same colours in eight bits of sRGB, which everybody shows without a profile.
    pub(super) fn in_srgb(self) -> DynamicImage {
        matching(self.image, self.profile.as_ref())
    }

    fn encode_jpeg(&self) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        if let Some(profile) = &self.profile {
            // A writer that cannot keep it would change the colours.
            encoder
                .set_icc_profile(profile.bytes().to_vec())
                .map_err(ImageError::Unsupported)?;
        }
        if self.image.color().has_color() {
            self.image.to_rgb8().write_with_encoder(encoder)?;
        } else {
            self.image.to_luma8().write_with_encoder(encoder)?;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};
    use moxcms::ColorProfile;

    use super::*;
    use crate::images::thumbnail;

    const PIXELS: u64 = 1_000_000;

    /// A photo as telephones take it: in wide colours, and on its side.
    fn photo(orientation: u8) -> Vec<u8> {
        let image = RgbImage::from_pixel(40, 20, Rgb([120, 200, 90]));
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        encoder.set_icc_profile(profile).unwrap();
        let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        encoder.set_exif_metadata(exif).unwrap();
        image.write_with_encoder(encoder).unwrap();
        bytes
    }

    #[test]
    fn a_photo_keeps_its_wide_colours_however_it_lies_and_its_thumbnail_needs_no_profile() {
        for orientation in [1, 6] {
            let clean = clean(&photo(orientation), ImageFormat::Jpeg, PIXELS).unwrap();
            let again = super::clean(&clean.bytes, ImageFormat::Jpeg, PIXELS).unwrap();
            assert_eq!(again.bytes, clean.bytes);
            let shown = again.picture.unwrap();
            assert_eq!(shown.orientation, Orientation::NoTransforms);
            let wide = shown.profile.as_ref().expect("it has its profile");
            assert!(wide.fits(&shown.image));
            let size = (shown.image.width(), shown.image.height());
            assert_eq!(size, if orientation == 6 { (20, 40) } else { (40, 20) });
            let (small, _) = thumbnail::make(shown).unwrap();
            let small = decode(&small, ImageFormat::Jpeg, PIXELS).unwrap();
            assert!(small.profile.is_none());
            // The same green is more of it where all colours are narrower.
            let Rgb([red, green, blue]) = *small.image.to_rgb8().get_pixel(5, 5);
            assert!(
                red < 110 && green > 198 && blue < 80,
                "{red} {green} {blue}"
            );
        }
    }

    #[test]
    fn a_thumbnail_of_deep_colours_is_of_eight_bits() {
        let deep = image::ImageBuffer::from_fn(900, 900, |x, y| {
            image::Rgba([x as u16 * 71, y as u16 * 69, (x * y) as u16, 60_000_u16])
        });
        let mut bytes = Vec::new();
        DynamicImage::ImageRgba16(deep)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .unwrap();
        let picture = clean(&bytes, ImageFormat::Png, PIXELS).unwrap().picture;
        let (small, _) = thumbnail::make(picture.unwrap()).unwrap();
        assert!(small.len() <= crate::images::MOST_THUMBNAIL);
        let small = image::load_from_memory(&small).unwrap();
        assert_eq!(small.color(), image::ColorType::Rgba8);
    }

    #[test]
    fn what_cannot_be_decoded_is_clean_all_the_same() {
        // Its number of pixels is within bounds, and its data is none.
        let mut bytes = photo(3);
        let end = bytes.len() - 2;
        bytes[end - 8..end].fill(0xaa);
        bytes.extend(b"behind the end");
        for pixels in [PIXELS, 10] {
            let clean = clean(&bytes, ImageFormat::Jpeg, pixels).unwrap();
            assert!(!clean.bytes.windows(6).any(|bytes| bytes == b"Exif\0\0"));
            assert!(clean.bytes.ends_with(&[0xff, 0xd9]));
        }
    }
}
