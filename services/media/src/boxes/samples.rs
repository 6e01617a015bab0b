use std::ops::Range;

use super::scan::{Child, children};
use crate::images::Malformed;

const SHORT: Malformed = Malformed("a table is shorter than it says");

/// Where the data of a track stands, whose media has these parts: chunk by chunk.
pub(super) fn places(media: &[Child<'_>]) -> Result<Vec<Range<u64>>, Malformed> {
    let Some(information) = media.iter().find(|part| &part.kind == b"minf") else {
        return Ok(Vec::new());
    };
    let parts = children(information.content, information.base)?;
    let Some(tables) = parts.iter().find(|part| &part.kind == b"stbl") else {
        return Ok(Vec::new());
    };
    let tables = children(tables.content, tables.base)?;
    let table = |kind: &[u8; 4]| {
        let found = tables.iter().find(|table| &table.kind == kind);
        found.map(|table| table.content)
    };
    let chunks: Vec<u64> = if let Some(short) = table(b"stco") {
        numbers::<4>(entries(short, 4)?).collect()
    } else if let Some(long) = table(b"co64") {
        numbers::<8>(entries(long, 8)?).collect()
    } else {
        return Ok(Vec::new());
    };
    let runs = entries(table(b"stsc").ok_or(SHORT)?, 12)?;
    let runs: Vec<u64> = numbers::<4>(runs).collect();
    let mut sizes = Sizes::of(table(b"stsz").ok_or(Malformed("a track's sizes are unknown"))?)?;
    let mut places = Vec::with_capacity(chunks.len());
    let mut run = 0;
    for (number, start) in (1..).zip(chunks) {
        // Each run says from which chunk on it holds, and how many samples a chunk has.
        while runs
            .get((run + 1) * 3)
            .is_some_and(|first| *first <= number)
        {
            run += 1;
        }
        let samples = runs.get(run * 3 + 1).copied().ok_or(SHORT)?;
        let length = sizes.take(samples);
        places.push(start..start.saturating_add(length));
    }
    Ok(places)
}

/// The entries behind a version and their number.
fn entries(table: &[u8], size: usize) -> Result<&[u8], Malformed> {
    let count = table.get(4..8).ok_or(SHORT)?;
    let count = u32::from_be_bytes(count.try_into().expect("it was cut with that length"));
    let length = (count as usize).checked_mul(size).ok_or(SHORT)?;
    table[8..].get(..length).ok_or(SHORT)
}

fn numbers<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks_exact(N).map(|number| {
        number
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    })
}

/// How long samples are: all of them alike, or each by itself.
enum Sizes<'a> {
    Alike { size: u64, left: u64 },
    Each(&'a [u8]),
}

impl<'a> Sizes<'a> {
    fn of(table: &'a [u8]) -> Result<Self, Malformed> {
        let alike = table.get(4..12).ok_or(SHORT)?;
        let mut alike = numbers::<4>(alike);
        Ok(match (alike.next(), alike.next()) {
            (Some(0), _) => Self::Each(entries(&table[4..], 4)?),
            (size, left) => Self::Alike {
                size: size.ok_or(SHORT)?,
                left: left.ok_or(SHORT)?,
            },
        })
    }

    /// How long the next samples are together.
    fn take(&mut self, samples: u64) -> u64 {
        match self {
            Self::Alike { size, left } => {
                let samples = samples.min(*left);
                *left -= samples;
                samples * *size
            }
            Self::Each(rest) => {
                let most = rest.len() / 4;
                let count = usize::try_from(samples).map_or(most, |samples| samples.min(most));
                let (now, later) = rest.split_at(count * 4);
                *rest = later;
                numbers::<4>(now).sum()
            }
        }
    }
}
