//! WebP (RFC 9649).

use super::{Malformed, Rest};

const HAS_PROFILE: u8 = 0x20;
const HAS_ALPHA: u8 = 0x10;
const IS_ANIMATED: u8 = 0x02;

/// The chunks that make the picture; the header of the extended form says of no others.
pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut rest = Rest(bytes);
    if rest.array()? != *b"RIFF" {
        return Err(Malformed("it does not begin like a WebP"));
    }
    let length = u32::from_le_bytes(rest.array()?) as usize;
    let mut inside = Rest(rest.take(length)?);
    if inside.array()? != *b"WEBP" {
        return Err(Malformed("it does not begin like a WebP"));
    }
    let chunks = chunks(&mut inside)?;
    let Some(((first, header), others)) = chunks.split_first() else {
        return Err(Malformed("it ends before its picture"));
    };
    let mut kept = Vec::with_capacity(bytes.len());
    match first {
        b"VP8 " | b"VP8L" => write(&mut kept, *first, header),
        b"VP8X" => extended(&mut kept, header, others)?,
        _ => return Err(Malformed("its header is not where it belongs")),
    }
    let mut file = b"RIFF".to_vec();
    file.extend((kept.len() as u32 + 4).to_le_bytes());
    file.extend(b"WEBP");
    file.append(&mut kept);
    Ok(file)
}

type Chunk<'a> = ([u8; 4], &'a [u8]);

fn chunks<'a>(rest: &mut Rest<'a>) -> Result<Vec<Chunk<'a>>, Malformed> {
    let mut chunks = Vec::new();
    while !rest.0.is_empty() {
        let kind = rest.array()?;
        let length = u32::from_le_bytes(rest.array()?) as usize;
        chunks.push((kind, rest.take(length)?));
        // Some writers leave out the last one.
        if length % 2 == 1 && !rest.0.is_empty() {
            rest.byte()?;
        }
    }
    Ok(chunks)
}

fn extended(kept: &mut Vec<u8>, header: &[u8], others: &[Chunk<'_>]) -> Result<(), Malformed> {
    let header = header
        .get(..10)
        .ok_or(Malformed("its header has another length"))?;
    let is_animated = header[0] & IS_ANIMATED != 0;
    let has_profile = others.iter().any(|(kind, _)| kind == b"ICCP");
    let mut flags = header[0] & (HAS_ALPHA | IS_ANIMATED);
    if has_profile {
        flags |= HAS_PROFILE;
    }
    let mut truthful = vec![flags, 0, 0, 0];
    truthful.extend(&header[4..]);
    write(kept, *b"VP8X", &truthful);
    let mut has_picture = false;
    for (kind, content) in others {
        match kind {
            b"ICCP" => write(kept, *kind, content),
            b"ANIM" if is_animated => write(kept, *kind, content.get(..6).unwrap_or(content)),
            b"ANMF" if is_animated => {
                write(kept, *kind, &frame(content)?);
                has_picture = true;
            }
            b"ALPH" if !is_animated => write(kept, *kind, content),
            b"VP8 " | b"VP8L" if !is_animated => {
                write(kept, *kind, content);
                has_picture = true;
            }
            _ => {}
        }
    }
    if has_picture {
        Ok(())
    } else {
        Err(Malformed("it ends before its picture"))
    }
}

/// One picture of an animation: where and how long, and chunks of its own.
fn frame(content: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut rest = Rest(content);
    let mut kept = rest.take(16)?.to_vec();
    for (kind, content) in chunks(&mut rest)? {
        if matches!(&kind, b"ALPH" | b"VP8 " | b"VP8L") {
            write(&mut kept, kind, content);
        }
    }
    Ok(kept)
}

fn write(kept: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    kept.extend(kind);
    kept.extend((content.len() as u32).to_le_bytes());
    kept.extend(content);
    if content.len() % 2 == 1 {
        kept.push(0);
    }
}
