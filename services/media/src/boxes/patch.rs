use std::ops::Range;

use crate::images::Malformed;

/// Of places with pieces of data that they may lie in.
const MOST_PAIRS: usize = 4_000_000;

/// What to overwrite in a file that keeps its length.
#[derive(Debug, Default)]
pub(super) struct Patches {
    zeros: Vec<Range<u64>>,
    /// Where the kind of a box or item stands that becomes `free`.
    frees: Vec<u64>,
}

impl Patches {
    /// Overwrites bytes with zeros.
    pub(super) fn zero(&mut self, range: Range<u64>) {
        if !range.is_empty() {
            self.zeros.push(range);
        }
    }

    /// Makes a box that begins at `start` one that says nothing.
    pub(super) fn free(&mut self, start: u64, inside: Range<u64>) {
        self.rename(start + 4);
        self.zero(inside);
    }

    /// Makes `free` of the four letters that stand here.
    pub(super) fn rename(&mut self, kind: u64) {
        self.frees.push(kind);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.zeros.is_empty() && self.frees.is_empty()
    }

    /// Overwrites with zeros what of these places lies within one of those.
    pub(super) fn zero_within(
        &mut self,
        places: &[Range<u64>],
        data: &[Range<u64>],
    ) -> Result<(), Malformed> {
        // Real files have thousands of places in one piece of data, or one in each of thousands.
        if places.len().saturating_mul(data.len()) > MOST_PAIRS {
            return Err(Malformed("its data is in too many places"));
        }
        for place in places {
            for within in data {
                self.zero(common(place, within));
            }
        }
        Ok(())
    }

    /// Puts them in order; after that, and only then, they can be applied.
    pub(super) fn in_order(mut self) -> Self {
        self.frees.sort_unstable();
        self.zeros.sort_unstable_by_key(|range| range.start);
        let mut merged: Vec<Range<u64>> = Vec::with_capacity(self.zeros.len());
        for range in self.zeros.drain(..) {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        self.zeros = merged;
        self
    }

    /// Overwrites what of a piece that stands at `at` has to be.
    pub(super) fn apply(&self, at: u64, piece: &mut [u8]) {
        let here = at..at + piece.len() as u64;
        let first = self.zeros.partition_point(|range| range.end <= here.start);
        for range in &self.zeros[first..] {
            let common = common(range, &here);
            if common.is_empty() {
                break;
            }
            piece[(common.start - at) as usize..(common.end - at) as usize].fill(0);
        }
        // One may begin in the piece before.
        let first = self.frees.partition_point(|kind| kind + 4 <= here.start);
        for kind in self.frees[first..]
            .iter()
            .take_while(|kind| **kind < here.end)
        {
            for (place, letter) in (*kind..).zip(b"free") {
                if here.contains(&place) {
                    piece[(place - at) as usize] = *letter;
                }
            }
        }
    }
}

/// What two ranges have in common.
fn common(one: &Range<u64>, other: &Range<u64>) -> Range<u64> {
    one.start.max(other.start)..one.end.min(other.end)
}
