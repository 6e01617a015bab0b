use std::ops::Range;

use crate::images::Malformed;

/// How much of the boxes that describe is kept in memory: enough for an hour of film in many small pieces.
const MOST_KEPT: usize = 16 * 1024 * 1024;
/// Fragments of half a second make an hour of film with less.
const MOST_BOXES: usize = 20_000;

/// A box that stands in no other.
#[derive(Debug)]
pub(super) struct TopBox {
    pub(super) kind: [u8; 4],
    pub(super) start: u64,
    header: u64,
    end: u64,
    /// Of those that describe; of the others nothing.
    pub(super) content: Vec<u8>,
}

impl TopBox {
    /// Where its content stands.
    pub(super) fn inside(&self) -> Range<u64> {
        self.start + self.header..self.end
    }
}

/// Reads a file piece by piece, and keeps what describes it.
#[derive(Debug, Default)]
pub(super) struct Scan {
    at: u64,
    header: Vec<u8>,
    boxes: Vec<TopBox>,
    kept: usize,
}

impl Scan {
    /// Takes the next bytes.
    pub(super) fn take(&mut self, mut piece: &[u8]) -> Result<(), Malformed> {
        while let Some(first) = piece.first() {
            let inside = self.boxes.last_mut().filter(|one| self.at < one.end);
            let Some(one) = inside else {
                self.header.push(*first);
                self.at += 1;
                piece = &piece[1..];
                self.open()?;
                continue;
            };
            let left = usize::try_from(one.end - self.at).unwrap_or(usize::MAX);
            let (content, rest) = piece.split_at(left.min(piece.len()));
            if describes(one.kind) {
                self.kept += content.len();
                if self.kept > MOST_KEPT {
                    return Err(Malformed("its description is too long"));
                }
                one.content.extend_from_slice(content);
            }
            self.at += content.len() as u64;
            piece = rest;
        }
        Ok(())
    }

    /// Begins a box, if its header is whole.
    fn open(&mut self) -> Result<(), Malformed> {
        let Some((short, kind)) = self.header.first_chunk::<4>().zip(self.header.get(4..8)) else {
            return Ok(());
        };
        let kind: [u8; 4] = kind.try_into().expect("it was cut with that length");
        let start = self.at - self.header.len() as u64;
        let size = match u32::from_be_bytes(*short) {
            // Up to the end of the file.
            0 => u64::MAX - start,
            1 => match self.header.get(8..16) {
                Some(long) => {
                    u64::from_be_bytes(long.try_into().expect("it was cut with that length"))
                }
                None => return Ok(()),
            },
            size => size.into(),
        };
        let header = self.header.len() as u64;
        let end = start.checked_add(size).filter(|_| size >= header);
        let end = end.ok_or(Malformed("a box is shorter than its header"))?;
        if self.boxes.len() == MOST_BOXES {
            return Err(Malformed("it has too many boxes"));
        }
        self.boxes.push(TopBox {
            kind,
            start,
            header,
            end,
            content: Vec::new(),
        });
        self.header.clear();
        Ok(())
    }

    /// All boxes, when nothing comes any more.
    pub(super) fn end(mut self) -> Result<Vec<TopBox>, Malformed> {
        let at = self.at;
        if !self.header.is_empty() {
            return Err(Malformed("something stands behind its boxes"));
        }
        if let Some(last) = self.boxes.last_mut()
            && at < last.end
        {
            // Film that breaks off is shown as far as it goes.
            if last.end != u64::MAX && &last.kind != b"mdat" {
                return Err(Malformed("it breaks off"));
            }
            last.end = at;
        }
        Ok(self.boxes)
    }
}

fn describes(kind: [u8; 4]) -> bool {
    matches!(&kind, b"moov" | b"moof" | b"meta")
}

/// A box within another: its kind, where it begins, where its content does, and the content.
pub(super) struct Child<'a> {
    pub(super) kind: [u8; 4],
    pub(super) start: u64,
    pub(super) base: u64,
    pub(super) content: &'a [u8],
}

impl Child<'_> {
    pub(super) fn inside(&self) -> Range<u64> {
        self.base..self.base + self.content.len() as u64
    }
}

/// The boxes within a box whose content stands at `base`.
pub(super) fn children(content: &[u8], base: u64) -> Result<Vec<Child<'_>>, Malformed> {
    let mut children = Vec::new();
    let mut at = 0;
    while let Some(rest) = content.get(at..).filter(|rest| rest.len() >= 8) {
        let kind = rest[4..8].try_into().expect("it was cut with that length");
        let short = u32::from_be_bytes(rest[..4].try_into().expect("it was cut with that length"));
        let (header, size) = match (short, rest.get(8..16)) {
            (0, _) => (8, rest.len() as u64),
            (1, Some(long)) => (
                16,
                u64::from_be_bytes(long.try_into().expect("it was cut with that length")),
            ),
            (size, _) => (8, u64::from(size)),
        };
        let size = usize::try_from(size).ok();
        let inside = size.and_then(|size| rest.get(header..size));
        let (size, inside) = size
            .zip(inside)
            .ok_or(Malformed("a box is longer than what it stands in"))?;
        let start = base + at as u64;
        children.push(Child {
            kind,
            start,
            base: start + header as u64,
            content: inside,
        });
        at += size;
    }
    if content[at..].iter().any(|byte| *byte != 0) {
        return Err(Malformed("something stands behind its boxes"));
    }
    Ok(children)
}
