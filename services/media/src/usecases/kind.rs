//! What a file is, by its first bytes, and what a browser may do with it.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

use crate::images::orientation;

/// A file of which nothing is known.
pub(crate) const BINARY: &str = "application/octet-stream";

/// What a browser may show by itself. Nothing in it runs scripts; everything else is for saving.
const SHOWN: &[&str] = &[
    "audio/aac",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/wav",
    "audio/x-flac",
    "audio/x-wav",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
    "video/webm",
];

/// Names of kinds that browsers know by another: the registered one, or that of what holds it.
const REGISTERED: &[(&str, &str)] = &[
    ("audio/m4a", "audio/mp4"),
    ("audio/opus", "audio/ogg"),
    ("video/x-m4v", "video/mp4"),
];

/// The content type that the first bytes tell of.
pub(crate) fn sniff(head: &[u8]) -> &'static str {
    match infer::get(head) {
        Some(kind) => {
            let found = kind.mime_type();
            let registered = REGISTERED.iter().find(|(name, _)| *name == found);
            registered.map_or(found, |(_, name)| name)
        }
        // Frames of sound with a checksum.
        None if matches!(head, [0xff, 0xf0 | 0xf8, ..]) => "audio/aac",
        None if matches!(head, [0xff, 0xfa, ..]) => "audio/mpeg",
        // A multi-byte character may be cut at the end of what is looked at.
        None if is_text(&head[..head.len().min(4096)]) => "text/plain",
        None => BINARY,
    }
}

fn is_text(head: &[u8]) -> bool {
    let readable = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    };
    readable && !head.contains(&0)
}

/// The content type that a browser is told, and whether it may show the file.
pub(crate) fn served(content_type: &str) -> (&str, bool) {
    if SHOWN.contains(&content_type) {
        (content_type, true)
    } else {
        (BINARY, false)
    }
}

/// The kinds of images that are worked on.
pub(crate) fn image_format(content_type: &str) -> Option<ImageFormat> {
    match content_type {
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/png" => Some(ImageFormat::Png),
        "image/gif" => Some(ImageFormat::Gif),
        "image/webp" => Some(ImageFormat::WebP),
        _ => None,
    }
}

/// Whether it is a film, sound or picture in boxes (ISO/IEC 14496-12), which may say where it was made.
pub(crate) fn is_in_boxes(content_type: &str) -> bool {
    matches!(
        content_type,
        "audio/mp4" | "image/avif" | "image/heif" | "video/mp4" | "video/quicktime"
    )
}

/// How wide and high an image is when it is shown, turned as its metadata says, by its first bytes. Nothing is decoded.
pub(crate) fn pixels(head: &[u8], format: ImageFormat) -> Option<(u32, u32)> {
    let mut decoder = ImageReader::with_format(Cursor::new(head), format)
        .into_decoder()
        .ok()?;
    let (width, height) = decoder.dimensions();
    let orientation = orientation(&mut decoder, format).ok()?;
    let mut turned = DynamicImage::new_luma8(1, 2);
    turned.apply_orientation(orientation);
    Some(if turned.width() == 1 {
        (width, height)
    } else {
        (height, width)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(sniff(b"<!DOCTYPE html><script>"), "text/html");
        assert_eq!(sniff("Grüße".as_bytes()), "text/plain");
        assert_eq!(sniff(&"Grüße".as_bytes()[..4]), "text/plain");
        assert_eq!(sniff(b"\0\x01\x02\x03"), BINARY);
        assert_eq!(sniff(b"\xff\xff"), BINARY);
        assert_eq!(sniff(b"\0\0\0\x1cftypM4A \0\0\0\0"), "audio/mp4");
        assert_eq!(sniff(b"\0\0\0\x1cftypM4VP\0\0\0\0"), "video/mp4");
        let mut opus = b"OggS".to_vec();
        opus.resize(28, 0);
        opus.extend(b"OpusHead\x01\x01");
        assert_eq!(sniff(&opus), "audio/ogg");
        for first in [0xf0, 0xf1, 0xf8, 0xf9] {
            let kind = sniff(&[0xff, first, 0x50, 0x80]);
            assert_eq!(served(kind), ("audio/aac", true), "{first:x}");
        }
    }

    #[test]
    fn nothing_that_can_run_scripts_is_shown() {
        for kind in [
            "text/html",
            "image/svg+xml",
            "text/xml",
            "application/pdf",
            "text/plain",
        ] {
            assert_eq!(served(kind), (BINARY, false), "{kind}");
        }
        assert_eq!(served("image/png"), ("image/png", true));
    }
}
