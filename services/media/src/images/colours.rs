//! Colour profiles (ICC.1): what the numbers of a picture mean.

use image::{DynamicImage, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// The largest that is read. Those of cameras and screens have less than 4 KB, those of presses are for other colours.
const MOST: usize = 256 * 1024;

/// A profile that can be worked with.
pub(super) struct Profile {
    bytes: Vec<u8>,
    parsed: ColorProfile,
}

impl Profile {
    pub(super) fn new(bytes: Vec<u8>) -> Option<Self> {
        if bytes.len() > MOST {
            return None;
        }
        let parsed = ColorProfile::new_from_slice(&bytes).ok()?;
        Some(Self { bytes, parsed })
    }

    /// Whether it speaks of such numbers. A decoder may have made red, green and blue of the inks that a profile is about.
    pub(super) fn fits(&self, image: &DynamicImage) -> bool {
        let wanted = if image.color().has_color() {
            DataColorSpace::Rgb
        } else {
            DataColorSpace::Gray
        };
        self.parsed.color_space == wanted
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Translates lines of pixels in place; unchanged if the profile is beyond what is understood.
    fn translate(&self, layout: Layout, pixels: &mut [u8], line: usize) {
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let Ok(transform) = self
            .parsed
            .create_transform_8bit(layout, &srgb, layout, options)
        else {
            return;
        };
        let mut before = vec![0; line];
        for pixels in pixels.chunks_exact_mut(line) {
            before.copy_from_slice(pixels);
            if transform.transform(&before, pixels).is_err() {
                return;
            }
        }
    }
}

/// An image in eight bits of sRGB, with transparency only if it had some.
pub(super) fn matching(image: DynamicImage, profile: Option<&Profile>) -> DynamicImage {
    // What is gray is the same gray for everybody, but for its brightness, which no profile of cameras changes much.
    let profile = profile.filter(|_| image.color().has_color());
    if image.color().has_alpha() {
        let mut image: RgbaImage = image.into_rgba8();
        let line = image.width() as usize * 4;
        if let Some(profile) = profile {
            profile.translate(Layout::Rgba, &mut image, line);
        }
        image.into()
    } else {
        let mut image: RgbImage = image.into_rgb8();
        let line = image.width() as usize * 3;
        if let Some(profile) = profile {
            profile.translate(Layout::Rgb, &mut image, line);
        }
        image.into()
    }
}
