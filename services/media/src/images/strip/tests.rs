//! Pictures with a secret at every place that their formats have for one.

use std::io::Cursor;

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, Frame, ImageFormat, Rgba, RgbaImage};

use super::*;

const SECRET: &[u8] = b"Utsjoki 69.9N 27.0E";

fn painted(seed: u8) -> RgbaImage {
    RgbaImage::from_fn(24, 16, |x, y| {
        Rgba([
            x as u8 * 9,
            y as u8 * 15,
            seed,
            if x == 3 { 0 } else { 255 },
        ])
    })
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut image = DynamicImage::from(painted(70));
    if format == ImageFormat::Jpeg {
        image = image.to_rgb8().into();
    }
    let mut bytes = Vec::new();
    image
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET)
}

fn stripped(bytes: &[u8], format: ImageFormat) -> Vec<u8> {
    strip(bytes, format, Orientation::NoTransforms).unwrap()
}

/// Nothing but the secrets goes, and there is nothing more to go after that.
fn loses_only_its_secrets(bytes: &[u8], format: ImageFormat) -> Vec<u8> {
    assert!(has_secret(bytes));
    let clean = stripped(bytes, format);
    assert!(!has_secret(&clean), "a secret is still there");
    assert_eq!(stripped(&clean, format), clean, "it is changed again");
    let pixels = |bytes: &[u8]| image::load_from_memory_with_format(bytes, format).unwrap();
    assert_eq!(pixels(&clean), pixels(bytes));
    clean
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, marker];
    bytes.extend((content.len() as u16 + 2).to_be_bytes());
    bytes.extend(content);
    bytes
}

/// A JPEG with secrets in and between its segments, behind its scan and behind its end.
fn jpeg() -> Vec<u8> {
    let plain = encoded(ImageFormat::Jpeg);
    let mut bytes = plain[..2].to_vec();
    // A thumbnail in the header: 1 × 8 pixels.
    let mut header = b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x08".to_vec();
    header.extend(&[SECRET, SECRET].concat()[..24]);
    bytes.extend(segment(0xe0, &header));
    bytes.extend(segment(0xe0, &[b"JFXX\0\x10", SECRET].concat()));
    bytes.extend(segment(0xe1, &[b"Exif\0\0MM\0\x2a", SECRET].concat()));
    bytes.extend(segment(0xe2, &[b"MPF\0", SECRET].concat()));
    bytes.extend(segment(0xed, &[b"Photoshop 3.0\0", SECRET].concat()));
    // Fill bytes before a marker.
    bytes.extend([0xff, 0xff]);
    bytes.extend(segment(0xfe, SECRET));
    bytes.extend(segment(
        0xee,
        &[b"Adobe\0\x64\0\0\0\0\x01", SECRET].concat(),
    ));
    // Its own header, and then what it has.
    bytes.extend(&plain[20..plain.len() - 2]);
    // Behind the scan, where a second one could begin.
    bytes.extend(segment(0xfe, SECRET));
    bytes.extend(segment(0xef, SECRET));
    bytes.extend([0xff, 0xd9]);
    // Another picture, and a film.
    bytes.extend([0xff, 0xd8]);
    bytes.extend(segment(0xe1, &[b"Exif\0\0", SECRET].concat()));
    bytes.extend(&plain[2..]);
    bytes.extend([&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..], SECRET].concat());
    bytes
}

#[test]
fn a_jpeg_keeps_its_scans_and_nothing_behind_its_end() {
    let clean = loses_only_its_secrets(&jpeg(), ImageFormat::Jpeg);
    assert!(clean.ends_with(&[0xff, 0xd9]));
    let ends = clean.windows(2).filter(|two| *two == [0xff, 0xd9]).count();
    assert_eq!(ends, 1);
    // One that breaks off in its scan is closed.
    let broken = stripped(&jpeg()[..1000], ImageFormat::Jpeg);
    assert!(broken.ends_with(&[0xff, 0xd9]) && !has_secret(&broken));
}

fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = (content.len() as u32).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(content);
    let mut sum = crc32fast::Hasher::new();
    sum.update(&bytes[4..]);
    bytes.extend(sum.finalize().to_be_bytes());
    bytes
}

fn png() -> Vec<u8> {
    let mut bytes = encoded(ImageFormat::Png);
    let mut texts = Vec::new();
    for kind in [
        b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME", b"sPLT", b"gIFt", b"zeKr",
    ] {
        texts.extend(chunk(*kind, &[b"Comment\0", SECRET].concat()));
    }
    // More than its four bytes of gamma.
    texts.extend(chunk(*b"gAMA", &[b"\0\0\xb1\x8f", SECRET].concat()));
    bytes.splice(33..33, texts);
    let end = bytes.len() - 12;
    bytes.splice(end..end, chunk(*b"tEXt", SECRET));
    bytes.extend(chunk(*b"tEXt", SECRET));
    bytes.extend(SECRET);
    bytes
}

#[test]
fn a_png_keeps_the_chunks_that_make_it() {
    let clean = loses_only_its_secrets(&png(), ImageFormat::Png);
    assert_eq!(clean, encoded(ImageFormat::Png));
    // A colour profile stays, the name that somebody gave it goes.
    let mut named = encoded(ImageFormat::Png);
    named.splice(33..33, chunk(*b"iCCP", &[SECRET, b"\0\0profile"].concat()));
    let clean = stripped(&named, ImageFormat::Png);
    assert!(!has_secret(&clean));
    assert!(
        clean
            .windows(16)
            .any(|bytes| bytes == b"iCCPicc\0\0profile")
    );
}

#[test]
fn a_png_that_lies_on_its_side_says_only_that() {
    let side = strip(&png(), ImageFormat::Png, Orientation::Rotate90).unwrap();
    assert!(!has_secret(&side));
    let reader = image::ImageReader::with_format(Cursor::new(&side), ImageFormat::Png);
    let mut decoder = reader.into_decoder().unwrap();
    let orientation = image::ImageDecoder::orientation(&mut decoder).unwrap();
    assert_eq!(orientation, Orientation::Rotate90);
    let again = strip(&side, ImageFormat::Png, Orientation::Rotate90).unwrap();
    assert_eq!(again, side);
}

fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut inside = b"WEBP".to_vec();
    for (kind, content) in chunks {
        inside.extend(*kind);
        inside.extend((content.len() as u32).to_le_bytes());
        inside.extend(content);
        if content.len() % 2 == 1 {
            inside.push(0);
        }
    }
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((inside.len() as u32).to_le_bytes());
    bytes.extend(inside);
    bytes
}

/// The one chunk of a plain WebP.
fn lossless(seed: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = DynamicImage::from(painted(seed));
    image
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::WebP)
        .unwrap();
    let length = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    bytes[20..20 + length].to_vec()
}

fn canvas(flags: u8) -> Vec<u8> {
    vec![flags, 0, 0, 0, 23, 0, 0, 15, 0, 0]
}

fn webp() -> Vec<u8> {
    // It says that it has EXIF, XMP, transparency, and a bit that means nothing.
    let mut bytes = riff(&[
        (b"VP8X", canvas(0x10 | 0x08 | 0x04 | 0x01)),
        (b"VP8L", lossless(70)),
        (b"EXIF", SECRET.to_vec()),
        (b"XMP ", SECRET.to_vec()),
        (b"cust", SECRET.to_vec()),
    ]);
    bytes.extend(SECRET);
    bytes
}

fn animated_webp() -> Vec<u8> {
    let frame = |seed| {
        let mut content = vec![0, 0, 0, 0, 0, 0, 23, 0, 0, 15, 0, 0, 100, 0, 0, 0];
        let parts = riff(&[(b"VP8L", lossless(seed)), (b"junk", SECRET.to_vec())]);
        content.extend(&parts[12..]);
        (b"ANMF", content)
    };
    riff(&[
        (b"VP8X", canvas(0x10 | 0x08 | 0x02)),
        (b"ANIM", vec![0, 0, 0, 0, 3, 0]),
        frame(10),
        frame(200),
        (b"EXIF", SECRET.to_vec()),
    ])
}

#[test]
fn a_webp_says_in_its_header_what_is_left() {
    let clean = loses_only_its_secrets(&webp(), ImageFormat::WebP);
    assert_eq!(clean[20], 0x10);
    let plain = riff(&[(b"VP8L", lossless(70)), (b"EXIF", SECRET.to_vec())]);
    let clean = loses_only_its_secrets(&plain, ImageFormat::WebP);
    assert_eq!(clean, riff(&[(b"VP8L", lossless(70))]));
    // A profile that is there is announced, also if it was not.
    let profile = riff(&[
        (b"VP8X", canvas(0x10)),
        (b"ICCP", b"odd".to_vec()),
        (b"VP8L", lossless(70)),
    ]);
    assert_eq!(stripped(&profile, ImageFormat::WebP)[20], 0x30);
}

#[test]
fn a_moving_webp_keeps_its_pictures() {
    let clean = loses_only_its_secrets(&animated_webp(), ImageFormat::WebP);
    let frames = |bytes: &[u8]| {
        let decoder = WebPDecoder::new(Cursor::new(bytes)).unwrap();
        decoder.into_frames().collect_frames().unwrap()
    };
    let (before, after) = (frames(&animated_webp()), frames(&clean));
    assert_eq!(after.len(), 2);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(after.buffer(), before.buffer());
        assert_eq!(after.delay(), before.delay());
    }
}

fn gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Finite(5)).unwrap();
    for seed in [10, 120, 250] {
        encoder.encode_frame(Frame::new(painted(seed))).unwrap();
    }
    drop(encoder);
    let block = |label: &[u8]| {
        let mut block = label.to_vec();
        block.push(SECRET.len() as u8);
        block.extend(SECRET);
        block.push(0);
        block
    };
    let mut words = block(&[0x21, 0xfe]);
    words.extend(block(b"\x21\xff\x0bXMP DataXMP"));
    words.extend(block(b"\x21\xff\x0bNETSCAPE3.0"));
    // How a text is shown, and the text.
    words.extend(b"\x21\xf9\x04\x01\x0a\x00\x00\x00");
    words.extend(block(b"\x21\x01\x0c\0\0\0\0\x18\0\x10\0\x08\x08\x01\0"));
    let colours = 13 + super::gif::colours(bytes[10]);
    bytes.splice(colours..colours, words);
    bytes.extend(SECRET);
    bytes
}

#[test]
fn a_gif_keeps_moving_and_says_nothing() {
    let clean = loses_only_its_secrets(&gif(), ImageFormat::Gif);
    let frames = |bytes: &[u8]| {
        let decoder = GifDecoder::new(Cursor::new(bytes)).unwrap();
        decoder.into_frames().collect_frames().unwrap()
    };
    let (before, after) = (frames(&gif()), frames(&clean));
    assert_eq!(after.len(), 3);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(after.buffer(), before.buffer());
        assert_eq!(after.delay(), before.delay());
    }
    assert!(clean.windows(11).any(|name| name == b"NETSCAPE2.0"));
}

/// Whatever is broken in a file, it is refused or stripped for good, and soon.
#[test]
fn what_is_cut_and_broken_is_refused_or_stripped_for_good() {
    for (bytes, format) in [
        (jpeg(), ImageFormat::Jpeg),
        (png(), ImageFormat::Png),
        (webp(), ImageFormat::WebP),
        (animated_webp(), ImageFormat::WebP),
        (gif(), ImageFormat::Gif),
    ] {
        let mut broken: Vec<Vec<u8>> = (0..bytes.len()).map(|end| bytes[..end].to_vec()).collect();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff, bytes[at] ^ 0x10] {
                let mut one = bytes.clone();
                one[at] = value;
                broken.push(one);
            }
        }
        for one in broken {
            if let Ok(clean) = strip(&one, format, Orientation::NoTransforms) {
                assert_eq!(stripped(&clean, format), clean);
            }
        }
    }
}
