use std::ops::Range;

use super::patch::Patches;
use super::samples;
use super::scan::{Child, children};
use crate::images::Malformed;

/// What a film has.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    pub(super) sound: usize,
    pub(super) pictures: usize,
    /// Where the data of tracks stands that are neither sound, picture nor text to read: positions, faces, what sensors said.
    pub(super) others: Vec<Range<u64>>,
}

/// Looks through a film's description, whose content stands at `base`.
pub(super) fn film(content: &[u8], base: u64, patches: &mut Patches) -> Result<Tracks, Malformed> {
    let mut tracks = Tracks::default();
    for child in children(content, base)? {
        match &child.kind {
            b"mvhd" => times(&child, patches)?,
            b"trak" => track(&child, &mut tracks, patches)?,
            b"mvex" => {}
            _ => drop(&child, patches),
        }
    }
    Ok(tracks)
}

/// Looks through a fragment's description.
pub(super) fn fragment(content: &[u8], base: u64, patches: &mut Patches) -> Result<(), Malformed> {
    for child in children(content, base)? {
        match &child.kind {
            b"mfhd" => {}
            b"traf" => {
                for part in children(child.content, child.base)? {
                    if !matches!(
                        &part.kind,
                        b"tfhd"
                            | b"tfdt"
                            | b"trun"
                            | b"sbgp"
                            | b"sgpd"
                            | b"subs"
                            | b"saiz"
                            | b"saio"
                            | b"senc"
                    ) {
                        drop(&part, patches);
                    }
                }
            }
            _ => drop(&child, patches),
        }
    }
    Ok(())
}

fn track(track: &Child<'_>, tracks: &mut Tracks, patches: &mut Patches) -> Result<(), Malformed> {
    let parts = children(track.content, track.base)?;
    let media = parts.iter().find(|part| &part.kind == b"mdia");
    let media = media.ok_or(Malformed("a track has no media"))?;
    let parts_of_media = children(media.content, media.base)?;
    let handler = parts_of_media.iter().find(|part| &part.kind == b"hdlr");
    let handler = handler.and_then(|handler| handler.content.get(8..12));
    match handler.ok_or(Malformed("a track does not say what it is"))? {
        b"soun" => tracks.sound += 1,
        b"vide" | b"pict" | b"auxv" => tracks.pictures += 1,
        // Subtitles, chapters and the numbers of pictures.
        b"text" | b"sbtl" | b"subt" | b"clcp" | b"tmcd" => {}
        _ => {
            let places = samples::places(&parts_of_media)?;
            tracks.others.extend(places);
            drop(track, patches);
            return Ok(());
        }
    }
    for part in &parts {
        match &part.kind {
            b"tkhd" => times(part, patches)?,
            b"tref" | b"edts" | b"tapt" | b"mdia" => {}
            _ => drop(part, patches),
        }
    }
    for part in &parts_of_media {
        match &part.kind {
            b"mdhd" => times(part, patches)?,
            b"hdlr" => name(part, patches),
            b"minf" => information(part, patches)?,
            b"elng" => {}
            _ => drop(part, patches),
        }
    }
    Ok(())
}

fn information(part: &Child<'_>, patches: &mut Patches) -> Result<(), Malformed> {
    for part in children(part.content, part.base)? {
        match &part.kind {
            b"vmhd" | b"smhd" | b"nmhd" | b"sthd" | b"gmhd" | b"dinf" => {}
            b"hdlr" => name(&part, patches),
            b"stbl" => {
                for table in children(part.content, part.base)? {
                    if matches!(&table.kind, b"udta" | b"meta" | b"uuid" | b"free" | b"skip") {
                        drop(&table, patches);
                    }
                }
            }
            _ => drop(&part, patches),
        }
    }
    Ok(())
}

/// Overwrites a box, unless that was done before.
pub(super) fn drop(child: &Child<'_>, patches: &mut Patches) {
    if &child.kind != b"free" || child.content.iter().any(|byte| *byte != 0) {
        patches.free(child.start, child.inside());
    }
}

/// When it was made and changed, in four or eight bytes each.
fn times(child: &Child<'_>, patches: &mut Patches) -> Result<(), Malformed> {
    let length = match child.content.first() {
        Some(0) => 8,
        Some(1) => 16,
        _ => return Err(Malformed("a header is of an unknown version")),
    };
    zero(child, 4, 4 + length, patches)
}

/// What a program called its part: behind the version, the kind and twelve bytes that are reserved.
pub(super) fn name(child: &Child<'_>, patches: &mut Patches) {
    let length = child.content.len();
    if length > 24 {
        // There is a name, so it cannot be too short for one.
        let _ = zero(child, 24, length, patches);
    }
}

/// Overwrites bytes of a box's content.
pub(super) fn zero(
    child: &Child<'_>,
    from: usize,
    to: usize,
    patches: &mut Patches,
) -> Result<(), Malformed> {
    let bytes = child.content.get(from..to);
    let bytes = bytes.ok_or(Malformed("a box is shorter than its contents"))?;
    if bytes.iter().any(|byte| *byte != 0) {
        patches.zero(child.base + from as u64..child.base + to as u64);
    }
    Ok(())
}
