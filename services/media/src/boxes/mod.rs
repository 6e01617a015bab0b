//! Films, sound and pictures in boxes: MP4, MOV, M4A, HEIC, AVIF (ISO/IEC 14496-12 and 23008-12, QuickTime).
//!
//! Where and when they were made, by what and of whom stands in boxes of their own, in tracks beside sound and picture, and in
//! items beside the picture. All of it is overwritten where it stands, so that every address within the file stays right and
//! nothing has to be decoded: a box that goes becomes a `free` one full of zeros.

mod items;
mod patch;
mod samples;
mod scan;
mod tracks;

use kith_store::files::{Stored, Worked};
use kith_types::FileId;
use sha2::{Digest, Sha256};

use crate::Core;
use crate::images::{Malformed, Obstacle, original};
use patch::Patches;
use scan::Scan;

/// Takes what a file says about its maker out of it, in two readings of any length: one finds it, one writes the file without it.
pub(crate) async fn clean(
    core: &Core,
    file: FileId,
    content_type: String,
) -> Result<Worked, Obstacle> {
    let found = match look(core, file).await? {
        Ok(found) => found,
        Err(error) => {
            return Ok(Worked::Mere {
                reason: error.to_string(),
                stored: None,
            });
        }
    };
    let stored = if found.patches.is_empty() {
        None
    } else {
        Some(rewrite(core, file, &found.patches).await?)
    };
    Ok(Worked::Clean {
        content_type: if found.is_sound {
            String::from("audio/mp4")
        } else {
            content_type
        },
        stored,
        picture: None,
    })
}

/// What a first reading finds.
#[derive(Debug, Default)]
struct Found {
    patches: Patches,
    /// Whether it has tracks, and all of them are of sound.
    is_sound: bool,
}

async fn look(core: &Core, file: FileId) -> Result<Result<Found, Malformed>, Obstacle> {
    let mut fetched = core.blobs.fetch(&original(file), None).await?;
    let mut scan = Scan::default();
    while let Some(piece) = fetched.next().await {
        if let Err(error) = scan.take(&piece?) {
            return Ok(Err(error));
        }
    }
    Ok(scan.end().and_then(|boxes| find(&boxes)))
}

fn find(boxes: &[scan::TopBox]) -> Result<Found, Malformed> {
    let mut found = Found::default();
    let data: Vec<_> = boxes
        .iter()
        .filter(|one| &one.kind == b"mdat")
        .map(scan::TopBox::inside)
        .collect();
    for one in boxes {
        match &one.kind {
            b"ftyp" | b"styp" | b"sidx" | b"ssix" | b"mfra" | b"pdin" | b"mdat" => {}
            b"moov" => {
                let tracks = tracks::film(&one.content, one.inside().start, &mut found.patches)?;
                found.is_sound = tracks.sound > 0 && tracks.pictures == 0;
                // Its data stands in fragments, which are not looked through.
                if !tracks.others.is_empty() && boxes.iter().any(|one| &one.kind == b"moof") {
                    return Err(Malformed(
                        "a track beside sound and picture is in fragments",
                    ));
                }
                found.patches.zero_within(&tracks.others, &data)?;
            }
            b"moof" => tracks::fragment(&one.content, one.inside().start, &mut found.patches)?,
            b"meta" => items::picture(one, &data, &mut found.patches)?,
            _ => found.patches.free(one.start, one.inside()),
        }
    }
    found.patches = found.patches.in_order();
    Ok(found)
}

/// Writes the file again, with the patches. Until the last part is there, the old one stays.
async fn rewrite(core: &Core, file: FileId, patches: &Patches) -> Result<Stored, Obstacle> {
    let key = original(file);
    let mut fetched = core.blobs.fetch(&key, None).await?;
    let mut upload = core.blobs.begin(&key).await?;
    let mut sha256 = Sha256::new();
    let mut part = Vec::with_capacity(kith_blobs::PART_BYTES);
    let mut at = 0_u64;
    while let Some(piece) = fetched.next().await {
        let mut piece = piece?.to_vec();
        patches.apply(at, &mut piece);
        at += piece.len() as u64;
        sha256.update(&piece);
        let mut rest = piece.as_slice();
        while !rest.is_empty() {
            let room = kith_blobs::PART_BYTES - part.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            part.extend_from_slice(now);
            rest = later;
            if part.len() == kith_blobs::PART_BYTES {
                let whole =
                    std::mem::replace(&mut part, Vec::with_capacity(kith_blobs::PART_BYTES));
                upload.part(whole.into()).await?;
            }
        }
    }
    if !part.is_empty() {
        upload.part(part.into()).await?;
    }
    upload.finish().await?;
    Ok(Stored {
        size: at as i64,
        sha256: sha256.finalize().into(),
    })
}

#[cfg(test)]
mod tests;
