//! JPEG (ITU-T T.81, with JFIF and Adobe's segments).

use super::{Malformed, Rest};

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DQT: u8 = 0xdb;
const DNL: u8 = 0xdc;
const DRI: u8 = 0xdd;
const DHT: u8 = 0xc4;
const DAC: u8 = 0xcc;
const APP0: u8 = 0xe0;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;

const JFIF: &[u8] = b"JFIF\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";
const ADOBE: &[u8] = b"Adobe";

/// Up to the first end of a picture: a second one behind it (as of a photo with a film, or with another lens) goes.
pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut rest = Rest(bytes);
    if rest.array()? != [0xff, SOI] {
        return Err(Malformed("it does not begin like a JPEG"));
    }
    let mut kept = Vec::with_capacity(bytes.len());
    kept.extend([0xff, SOI]);
    let mut has_scan = false;
    // A file that breaks off within its last scan is shown as far as it goes.
    while let Some(marker) = next_marker(&mut rest, has_scan)? {
        match marker {
            EOI => break,
            0x01 | 0xd0..=0xd7 => {}
            SOI => return Err(Malformed("a picture begins within the picture")),
            _ => {
                let length = usize::from(u16::from_be_bytes(rest.array()?));
                let length = length
                    .checked_sub(2)
                    .ok_or(Malformed("a segment is shorter than its length"))?;
                let content = rest.take(length)?;
                if let Some(content) = picture(marker, content)? {
                    kept.extend([0xff, marker]);
                    kept.extend((content.len() as u16 + 2).to_be_bytes());
                    kept.extend(content);
                }
                if marker == SOS {
                    has_scan = true;
                    kept.extend(scan(&mut rest));
                }
            }
        }
    }
    if !has_scan {
        return Err(Malformed("it ends before its picture"));
    }
    kept.extend([0xff, EOI]);
    Ok(kept)
}

/// The next marker, with the fill bytes before it skipped; none if the file ends here and may.
fn next_marker(rest: &mut Rest<'_>, may_end: bool) -> Result<Option<u8>, Malformed> {
    if may_end && rest.0.iter().all(|byte| *byte == 0xff) {
        return Ok(None);
    }
    if rest.byte()? != 0xff {
        return Err(Malformed("something stands between its segments"));
    }
    loop {
        match rest.byte()? {
            0xff => {}
            marker => return Ok(Some(marker)),
        }
    }
}

/// What of a segment makes the picture. Whatever is longer than its own contents say is cut.
fn picture(marker: u8, content: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    let whole = match marker {
        // Start of frame: precision, height, width, and three bytes for each component.
        0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => 6 + 3 * count(content, 5)?,
        SOS => 4 + 2 * count(content, 0)?,
        DRI | DNL => 2,
        DQT => tables(content, |table| {
            Some(1 + if table[0] >> 4 == 0 { 64 } else { 128 })
        }),
        DHT => tables(content, |table| {
            let lengths = table.get(1..17)?;
            Some(
                17 + lengths
                    .iter()
                    .map(|count| usize::from(*count))
                    .sum::<usize>(),
            )
        }),
        DAC => content.len() / 2 * 2,
        // Without the thumbnail: version, unit and density are 7 bytes.
        APP0 if content.starts_with(JFIF) && content.len() >= 12 => {
            return Ok(Some([&content[..12], &[0, 0]].concat()));
        }
        // Without it the colours would be others.
        APP2 if content.starts_with(PROFILE) => content.len(),
        // How the colours are encoded.
        APP14 if content.starts_with(ADOBE) => 12,
        _ => return Ok(None),
    };
    let content = content.get(..whole);
    content
        .map(|content| Some(content.to_vec()))
        .ok_or(Malformed("a segment is shorter than its contents"))
}

fn count(content: &[u8], at: usize) -> Result<usize, Malformed> {
    let count = content.get(at).copied().map(usize::from);
    count.ok_or(Malformed("a segment is shorter than its contents"))
}

/// How long the tables are that stand one behind the other.
fn tables(content: &[u8], length: impl Fn(&[u8]) -> Option<usize>) -> usize {
    let mut whole = 0;
    while let Some(table) = content.get(whole..).filter(|table| !table.is_empty()) {
        match length(table) {
            Some(length) if length <= table.len() => whole += length,
            _ => break,
        }
    }
    whole
}

/// The entropy-coded bytes up to the next marker that is none of a restart.
fn scan<'a>(rest: &mut Rest<'a>) -> &'a [u8] {
    let bytes = rest.0;
    let mut from = 0;
    let end = loop {
        let Some(at) = memchr::memchr(0xff, &bytes[from..]).map(|at| from + at) else {
            break bytes.len();
        };
        match bytes.get(at + 1) {
            Some(0x00 | 0xd0..=0xd7) => from = at + 2,
            Some(_) | None => break at,
        }
    };
    rest.0 = &bytes[end..];
    &bytes[..end]
}

/// Whether all of a picture's coefficients are kept until its last scan has come, by its first bytes.
pub(in crate::images) fn is_progressive(head: &[u8]) -> bool {
    let mut rest = Rest(head);
    let _ = rest.array::<2>();
    while let Ok(Some(marker)) = next_marker(&mut rest, false) {
        match marker {
            0xc2 | 0xc6 | 0xca | 0xce => return true,
            SOS | EOI => return false,
            _ => {}
        }
        let Ok(length) = rest.array() else {
            return false;
        };
        let length = usize::from(u16::from_be_bytes(length)).saturating_sub(2);
        if rest.take(length).is_err() {
            return false;
        }
    }
    false
}
