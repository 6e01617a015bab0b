/// The longest head of a frame: two bytes, eight of a length, four of a mask.
const LONGEST_HEAD: usize = 14;

/// Counts the frames in what a client sends, whatever they are: parts of a message, also empty ones, pings and pongs cost as much
/// as messages, and the library tells only of messages.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: [u8; LONGEST_HEAD],
    /// How much of a head is there.
    have: usize,
    /// How much of the frame's content is still to come.
    content: u64,
}

impl Frames {
    /// How many heads of frames are complete with these bytes.
    pub(super) fn count(&mut self, mut bytes: &[u8]) -> u32 {
        let mut complete = 0;
        loop {
            let skipped = bytes
                .len()
                .min(usize::try_from(self.content).unwrap_or(usize::MAX));
            self.content -= skipped as u64;
            bytes = &bytes[skipped..];
            let Some((byte, rest)) = bytes.split_first() else {
                return complete;
            };
            bytes = rest;
            self.head[self.have] = *byte;
            self.have += 1;
            if self.have >= 2 && self.have == self.head_length() {
                self.content = self.content_length();
                self.have = 0;
                complete += 1;
            }
        }
    }

    fn head_length(&self) -> usize {
        let length = match self.head[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
        2 + length + mask
    }

    fn content_length(&self) -> u64 {
        let long = |bytes: &[u8]| bytes.iter().fold(0, |all, it| all << 8 | u64::from(*it));
        match self.head[1] & 0x7f {
            126 => long(&self.head[2..4]),
            127 => long(&self.head[2..10]),
            short => u64::from(short),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

    use super::*;

    fn frame(kind: u8, length: usize, masked: bool) -> Vec<u8> {
        let code = match kind {
            0 => OpCode::Data(Data::Continue),
            1 => OpCode::Control(Control::Ping),
            _ => OpCode::Data(Data::Text),
        };
        let text = OpCode::Data(Data::Text);
        let mut frame = Frame::message(vec![0x81; length], text, kind != 0);
        frame.header_mut().opcode = code;
        frame.header_mut().mask = masked.then_some([1, 2, 3, 4]);
        let mut bytes = Vec::new();
        frame.format(&mut bytes).unwrap();
        bytes
    }

    proptest! {
        #[test]
        fn all_frames_are_counted_however_they_are_cut(
            frames in prop::collection::vec((0_u8..3, prop::sample::select(vec![0, 1, 125, 126, 127, 65_535, 65_536]), any::<bool>()), 0..12),
            cut in 1_usize..700,
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|(kind, length, masked)| frame(*kind, *length, *masked)).collect();
            let mut counter = Frames::default();
            let counted: u32 = bytes.chunks(cut).map(|part| counter.count(part)).sum();
            prop_assert_eq!(counted as usize, frames.len());
        }
    }

    #[test]
    fn a_length_that_nobody_sends_is_no_mistake_of_arithmetic() {
        let mut counter = Frames::default();
        let head = [0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(counter.count(&head), 1);
        assert_eq!(counter.count(&[0; 4096]), 0);
    }
}
