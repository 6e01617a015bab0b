use image::ImageFormat;

use super::clean::{DecodeError, decode};
use super::thumbnail::encode;

/// Enough for the largest place where a picture stands, on a screen with two dots to a pixel.
const SIDE: u32 = 256;
const QUALITY: u8 = 85;

/// A picture of a person or a guild, encoded anew: nothing of the image that was sent is left but what is seen.
pub(crate) struct Square {
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_type: &'static str,
    /// Its width, which is its height.
    pub(crate) side: u32,
}

/// Cuts the middle out of an image of at most so many pixels and makes it small.
pub(crate) fn square(
    bytes: &[u8],
    format: ImageFormat,
    pixels: u64,
) -> Result<Square, DecodeError> {
    let mut picture = decode(bytes, format, pixels)?;
    let image = picture.image;
    let side = image.width().min(image.height());
    let (left, top) = ((image.width() - side) / 2, (image.height() - side) / 2);
    picture.image = image.crop_imm(left, top, side, side);
    if side > SIDE {
        picture.image = picture.image.thumbnail_exact(SIDE, SIDE);
    }
    // The middle of what lies on its side is the middle too.
    picture.stand_up();
    let image = picture.in_srgb();
    let content_type = if image.color().has_alpha() {
        "image/png"
    } else {
        "image/jpeg"
    };
    Ok(Square {
        bytes: encode(&image, QUALITY)?,
        content_type,
        side: image.width(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    const PIXELS: u64 = 1_000_000;

    fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image: DynamicImage = image.into();
        image
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        bytes
    }

    #[test]
    fn of_a_wide_image_the_middle_is_left() {
        // Black at both ends, white in the middle.
        let wide = RgbImage::from_fn(900, 300, |x, _| {
            Rgb([if (300..600).contains(&x) { 255 } else { 0 }; 3])
        });
        let made = square(&encoded(wide, ImageFormat::Png), ImageFormat::Png, PIXELS).unwrap();
        assert_eq!((made.content_type, made.side), ("image/jpeg", SIDE));
        let shown = image::load_from_memory(&made.bytes).unwrap().to_rgb8();
        assert_eq!(shown.dimensions(), (SIDE, SIDE));
        assert!(shown.pixels().all(|pixel| pixel.0[0] > 240));
    }

    #[test]
    fn what_can_be_seen_through_stays_so_and_what_is_small_stays_small() {
        let clear = RgbaImage::from_pixel(40, 30, Rgba([9, 9, 9, 0]));
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let made = square(&encoded(clear.clone(), format), format, PIXELS).unwrap();
            assert_eq!((made.content_type, made.side), ("image/png", 30));
            let shown = image::load_from_memory(&made.bytes).unwrap().to_rgba8();
            assert!(shown.pixels().all(|pixel| pixel.0[3] == 0), "{format:?}");
        }
    }

    #[test]
    fn what_breaks_off_or_is_too_large_is_refused() {
        let image = encoded(RgbImage::new(200, 200), ImageFormat::Png);
        let refused = square(&image[..60], ImageFormat::Png, PIXELS);
        assert!(matches!(refused, Err(DecodeError::Decode(_))));
        let refused = square(&image, ImageFormat::Png, 200 * 200 - 1);
        assert!(matches!(refused, Err(DecodeError::TooLarge)));
    }
}
