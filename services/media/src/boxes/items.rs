use std::collections::BTreeSet;
use std::ops::Range;

use super::patch::Patches;
use super::scan::{Child, TopBox, children};
use super::tracks::{drop, name, zero};
use crate::images::Malformed;

const SHORT: Malformed = Malformed("a list of items is shorter than it says");
/// The kinds of items that make the picture: coded ones, and those that are put together from others.
const PICTURES: [&[u8; 4]; 12] = [
    b"hvc1", b"hvt1", b"lhv1", b"av01", b"avc1", b"vvc1", b"j2k1", b"jpeg", b"grid", b"iden",
    b"iovl", b"tmap",
];

/// Looks through the description of a picture file; `data` is where the items may stand.
pub(super) fn picture(
    meta: &TopBox,
    data: &[Range<u64>],
    patches: &mut Patches,
) -> Result<(), Malformed> {
    // Behind a version.
    let content = meta.content.get(4..).ok_or(SHORT)?;
    let parts = children(content, meta.inside().start + 4)?;
    let handler = parts.iter().find(|part| &part.kind == b"hdlr");
    let kind = handler.and_then(|handler| handler.content.get(8..12));
    if kind != Some(b"pict") {
        patches.free(meta.start, meta.inside());
        return Ok(());
    }
    let mut others = BTreeSet::new();
    for part in &parts {
        match &part.kind {
            b"hdlr" => name(part, patches),
            b"pitm" | b"iloc" | b"iref" | b"idat" | b"grpl" | b"dinf" | b"ipro" => {}
            b"iprp" => properties(part, patches)?,
            b"iinf" => others = names(part, patches)?,
            _ => drop(part, patches),
        }
    }
    let Some(locations) = parts.iter().find(|part| &part.kind == b"iloc") else {
        return Ok(());
    };
    let inner = parts.iter().find(|part| &part.kind == b"idat");
    let places = places(locations.content, &others)?;
    patches.zero_within(&places.in_file, data)?;
    if !places.in_box.is_empty() {
        let within = inner.map(Child::inside).ok_or(SHORT)?;
        let from = |at: u64| within.start.saturating_add(at);
        let places: Vec<_> = places
            .in_box
            .iter()
            .map(|range| from(range.start)..from(range.end))
            .collect();
        patches.zero_within(&places, std::slice::from_ref(&within))?;
    }
    Ok(())
}

/// Descriptions in words go; the others say how the picture is shown.
fn properties(part: &Child<'_>, patches: &mut Patches) -> Result<(), Malformed> {
    for part in children(part.content, part.base)? {
        if &part.kind == b"ipco" {
            for property in children(part.content, part.base)? {
                if matches!(
                    &property.kind,
                    b"udes" | b"uuid" | b"crtt" | b"mdft" | b"altt"
                ) {
                    drop(&property, patches);
                }
            }
        }
    }
    Ok(())
}

/// Takes the names off the items; gives those that are no pictures.
fn names(part: &Child<'_>, patches: &mut Patches) -> Result<BTreeSet<u64>, Malformed> {
    let count = if part.content.first() == Some(&0) {
        2
    } else {
        4
    };
    let entries = part.content.get(4 + count..).ok_or(SHORT)?;
    let mut others = BTreeSet::new();
    for entry in children(entries, part.base + 4 + count as u64)? {
        let id = match entry.content.first() {
            Some(2) => 2,
            Some(3) => 4,
            _ => return Err(Malformed("an item is of an unknown version")),
        };
        let mut rest = Numbers(entry.content.get(4..).ok_or(SHORT)?);
        let number = rest.take(id)?;
        // Which protection it has.
        rest.take(2)?;
        let kind = rest.0.get(..4).ok_or(SHORT)?;
        if !PICTURES.iter().any(|known| *known == kind) {
            others.insert(number);
            // Readers skip items of a kind that they do not know, but not an empty one of a kind that they do.
            patches.rename(entry.base + (4 + id + 2) as u64);
        }
        zero(&entry, 4 + id + 2 + 4, entry.content.len(), patches)?;
    }
    Ok(others)
}

#[derive(Default)]
struct Places {
    in_file: Vec<Range<u64>>,
    /// In the box for small items, from its beginning.
    in_box: Vec<Range<u64>>,
}

/// Where the items with these numbers stand.
fn places(content: &[u8], wanted: &BTreeSet<u64>) -> Result<Places, Malformed> {
    let version = *content.first().ok_or(SHORT)?;
    let mut rest = Numbers(content.get(4..).ok_or(SHORT)?);
    let lengths = rest.take(2)?;
    let length = |shift: u64| (lengths >> shift & 0xf) as usize;
    let (offset, size, base) = (length(12), length(8), length(4));
    let index = if version > 0 { length(0) } else { 0 };
    let id = if version < 2 { 2 } else { 4 };
    let count = rest.take(id)?;
    if index + offset + size == 0 {
        return Err(Malformed("its items stand nowhere"));
    }
    let mut places = Places::default();
    for _ in 0..count {
        let number = rest.take(id)?;
        let way = if version > 0 { rest.take(2)? & 0xf } else { 0 };
        // Where the data is: 0 is this file.
        rest.take(2)?;
        let base = rest.take(base)?;
        for _ in 0..rest.take(2)? {
            rest.take(index)?;
            let start = base.saturating_add(rest.take(offset)?);
            let length = rest.take(size)?;
            // Without a length it goes up to the end.
            let end = match length {
                0 => u64::MAX,
                length => start.saturating_add(length),
            };
            if wanted.contains(&number) {
                match way {
                    0 => places.in_file.push(start..end),
                    1 => places.in_box.push(start..end),
                    _ => return Err(Malformed("an item is made of others' bytes")),
                }
            }
        }
    }
    Ok(places)
}

/// Big-endian numbers, one behind the other.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn take(&mut self, bytes: usize) -> Result<u64, Malformed> {
        let (number, rest) = self.0.split_at_checked(bytes).ok_or(SHORT)?;
        self.0 = rest;
        Ok(number
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}
