use std::collections::BTreeMap;

use crate::frame::Dispatch;

/// The places in the stream that somebody still has to be told of, while the rest goes on. As long as there is one,
/// no frame says that everything up to it, or beyond, was sent.
#[derive(Debug, Default)]
pub(super) struct Pins {
    held: BTreeMap<u64, usize>,
    /// The last that was applied or held.
    processed: u64,
    /// The greatest `s` that a frame or a new session had.
    said: u64,
}

impl Pins {
    /// From here on the stream begins anew.
    pub(super) fn restart(&mut self, processed: u64) {
        self.held.clear();
        self.processed = processed;
        self.said = processed;
    }

    /// `seq` is being applied.
    pub(super) fn process(&mut self, seq: u64) {
        self.processed = seq;
    }

    /// The last that was applied or held.
    pub(super) fn processed(&self) -> u64 {
        self.processed
    }

    /// Everything up to this was sent to all who may see it.
    pub(super) fn watermark(&mut self) -> u64 {
        let watermark = self.true_up_to();
        self.said = self.said.max(watermark);
        watermark
    }

    fn true_up_to(&self) -> u64 {
        let lowest = self.held.keys().next();
        lowest.map_or(self.processed, |lowest| lowest - 1)
    }

    /// Something that belongs to `seq` is not sent yet. Gives the place to [`Self::unpin`]: it may be later, because
    /// what was said once cannot be taken back.
    #[must_use]
    pub(super) fn pin(&mut self, seq: u64) -> u64 {
        let at = seq.max(self.said + 1);
        *self.held.entry(at).or_default() += 1;
        at
    }

    /// It is sent now.
    pub(super) fn unpin(&mut self, at: u64) {
        if let Some(count) = self.held.get_mut(&at) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(&at);
            }
        }
    }

    /// The frame of event `seq`, with `s` only if it is true now.
    pub(super) fn stamp(&mut self, frame: &Dispatch, seq: u64) -> Dispatch {
        if seq <= self.true_up_to() {
            self.said = self.said.max(seq);
            frame.clone()
        } else {
            frame.without_s()
        }
    }

    /// As [`Self::stamp`], for who has received what came after `seq` already, if it was let go: `s` never goes back.
    pub(super) fn stamp_late(&mut self, frame: &Dispatch, seq: u64) -> Dispatch {
        if seq < self.said {
            frame.without_s()
        } else {
            self.stamp(frame, seq)
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.held.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_beyond_what_is_held_counts_as_sent() {
        let mut pins = Pins::default();
        pins.process(10);
        assert_eq!(pins.watermark(), 10);
        pins.process(11);
        let first = pins.pin(11);
        pins.process(14);
        let second = pins.pin(14);
        assert_eq!(pins.watermark(), 10);
        pins.unpin(first);
        assert_eq!(pins.watermark(), 13);
        pins.unpin(second);
        assert_eq!(pins.watermark(), 14);
    }

    #[test]
    fn what_was_said_once_is_not_taken_back() {
        let mut pins = Pins::default();
        pins.process(10);
        assert_eq!(pins.watermark(), 10);
        let late = pins.pin(7);
        assert_eq!((late, pins.watermark()), (11, 10));
        pins.process(20);
        assert_eq!(pins.watermark(), 10);
        pins.unpin(late);
        assert_eq!(pins.watermark(), 20);
    }

    #[test]
    fn what_was_let_go_and_comes_later_does_not_take_s_back() {
        let frame = Dispatch::encode(kith_wire::DispatchKind::MessageCreate, Some(5), b"{}");
        let mut pins = Pins::default();
        pins.process(5);
        let held = pins.pin(5);
        pins.process(9);
        pins.unpin(held);
        assert_eq!(pins.watermark(), 9);
        let late = pins.stamp_late(&frame, 5);
        assert_eq!(late.bytes(), frame.without_s().bytes());
        // Who resumes from before that is told in order, as ever.
        assert_eq!(pins.stamp(&frame, 5).bytes(), frame.bytes());
        pins.process(10);
        assert_eq!(pins.stamp_late(&frame, 10).bytes(), frame.bytes());
    }
}
