//! GIF (version 89a, with the loops that browsers know).

use super::{Malformed, Rest};

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
/// How often an animation is shown; of all applications' blocks only these make the picture.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// The pictures, when each is shown and how often; no comments, texts and blocks of other applications.
pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut rest = Rest(bytes);
    let mut kept = Vec::with_capacity(bytes.len());
    let header = rest.take(13)?;
    if !header.starts_with(b"GIF87a") && !header.starts_with(b"GIF89a") {
        return Err(Malformed("it does not begin like a GIF"));
    }
    kept.extend(header);
    kept.extend(rest.take(colours(header[10]))?);
    let mut has_picture = false;
    // It belongs to the picture that follows, and goes with what is shown instead of one.
    let mut control = None;
    loop {
        // Some writers leave out the end.
        let kind = rest.byte();
        match kind {
            Err(_) if has_picture => break,
            Err(error) => return Err(error),
            Ok(TRAILER) => break,
            Ok(EXTENSION) => {
                let label = rest.byte()?;
                let blocks = blocks(&mut rest)?;
                match (label, blocks.as_slice()) {
                    (CONTROL, [first, ..]) if first.len() == 4 => control = Some(*first),
                    (APPLICATION, [name, numbers, ..])
                        if LOOPS.contains(name) && numbers.len() == 3 && numbers[0] == 1 =>
                    {
                        kept.extend([EXTENSION, APPLICATION]);
                        write(&mut kept, &[name, numbers]);
                    }
                    // A text that is drawn: no browser does.
                    (0x01, _) => control = None,
                    _ => {}
                }
            }
            Ok(IMAGE) => {
                if let Some(control) = control.take() {
                    kept.extend([EXTENSION, CONTROL]);
                    write(&mut kept, &[control]);
                }
                let place = rest.take(9)?;
                kept.push(IMAGE);
                kept.extend(place);
                kept.extend(rest.take(colours(place[8]))?);
                // How wide the codes are.
                kept.push(rest.byte()?);
                write(&mut kept, &blocks(&mut rest)?);
                has_picture = true;
            }
            Ok(_) => return Err(Malformed("something stands between its blocks")),
        }
    }
    if !has_picture {
        return Err(Malformed("it ends before its picture"));
    }
    kept.push(TRAILER);
    Ok(kept)
}

/// How many bytes a table of colours takes.
pub(super) fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 0x07) + 1)
    }
}

fn blocks<'a>(rest: &mut Rest<'a>) -> Result<Vec<&'a [u8]>, Malformed> {
    let mut blocks = Vec::new();
    loop {
        match rest.byte()? {
            0 => return Ok(blocks),
            length => blocks.push(rest.take(length.into())?),
        }
    }
}

fn write(kept: &mut Vec<u8>, blocks: &[&[u8]]) {
    for block in blocks {
        kept.push(block.len() as u8);
        kept.extend(*block);
    }
    kept.push(0);
}
