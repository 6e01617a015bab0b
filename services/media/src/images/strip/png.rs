//! PNG and APNG (W3C, third edition).

use image::metadata::Orientation;

use super::{Malformed, Rest};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// The chunks that make the picture, with the most bytes that those may have whose length is fixed.
const KEPT: &[(&[u8; 4], Option<usize>)] = &[
    (b"PLTE", Some(768)),
    (b"IDAT", None),
    (b"tRNS", Some(256)),
    (b"gAMA", Some(4)),
    (b"cHRM", Some(32)),
    (b"sRGB", Some(1)),
    (b"cICP", Some(4)),
    (b"mDCV", Some(24)),
    (b"cLLI", Some(8)),
    (b"sBIT", Some(4)),
    (b"pHYs", Some(9)),
    (b"acTL", Some(8)),
    (b"fcTL", Some(26)),
    (b"fdAT", None),
];

/// The chunks that make the picture, and which way up it is.
pub(super) fn strip(bytes: &[u8], orientation: Orientation) -> Result<Vec<u8>, Malformed> {
    let mut rest = Rest(bytes);
    if rest.array()? != SIGNATURE {
        return Err(Malformed("it does not begin like a PNG"));
    }
    let mut kept = Vec::with_capacity(bytes.len());
    kept.extend(SIGNATURE);
    let mut is_first = true;
    loop {
        let length = u32::from_be_bytes(rest.array()?) as usize;
        let kind: [u8; 4] = rest.array()?;
        let content = rest.take(length)?;
        let sum = rest.array::<4>()?;
        if is_first != (&kind == b"IHDR") {
            return Err(Malformed("its header is not where it belongs"));
        }
        match &kind {
            b"IHDR" if length == 13 => {
                write(&mut kept, kind, content, sum);
                if orientation != Orientation::NoTransforms {
                    let turned = turned(orientation);
                    let sum = crc(*b"eXIf", &turned);
                    write(&mut kept, *b"eXIf", &turned, sum);
                }
            }
            b"IHDR" => return Err(Malformed("its header has another length")),
            b"IEND" => {
                write(&mut kept, kind, &[], crc(*b"IEND", &[]));
                return Ok(kept);
            }
            b"iCCP" => {
                // Its name is a text like any other.
                let name = memchr::memchr(0, content).filter(|length| *length < 80);
                let name = name.ok_or(Malformed("its colour profile has no name"))?;
                let profile = [b"icc", &content[name..]].concat();
                let sum = crc(*b"iCCP", &profile);
                write(&mut kept, kind, &profile, sum);
            }
            _ if is_kept(kind, length) => write(&mut kept, kind, content, sum),
            _ => {}
        }
        is_first = false;
    }
}

fn is_kept(kind: [u8; 4], length: usize) -> bool {
    KEPT.iter()
        .any(|(known, most)| **known == kind && most.is_none_or(|most| length <= most))
}

fn write(kept: &mut Vec<u8>, kind: [u8; 4], content: &[u8], sum: [u8; 4]) {
    kept.extend((content.len() as u32).to_be_bytes());
    kept.extend(kind);
    kept.extend(content);
    kept.extend(sum);
}

/// EXIF with nothing but the orientation: one entry of one number.
fn turned(orientation: Orientation) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation.to_exif(), 0, 0]);
    tiff.extend([0; 4]);
    tiff
}

fn crc(kind: [u8; 4], content: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&kind);
    hasher.update(content);
    hasher.finalize().to_be_bytes()
}
