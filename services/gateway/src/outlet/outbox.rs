use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, Bytes};

/// How many frames go out in one vectored write at most: the array stands on the stack.
const GATHERED: usize = 64;
/// Above this many, the queue's memory is given back once it is empty: most sockets never have a backlog.
const KEPT_CAPACITY: usize = 8;

/// Takes what it can without blocking.
pub(crate) trait Sink {
    fn try_write(&self, frames: &[IoSlice<'_>]) -> io::Result<usize>;
}

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Nothing waits any more.
    All,
    /// The socket takes no more now.
    Blocked,
}

/// More waits than may.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

/// The frames that wait for one socket, oldest first. The first may be sent in part.
#[derive(Debug)]
pub(super) struct Outbox {
    pending: VecDeque<Bytes>,
    bytes: usize,
    limit: usize,
    /// Whether a part of the first frame is sent already, so that it cannot be dropped.
    begun: bool,
}

impl Outbox {
    /// `limit` is in bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            pending: VecDeque::new(),
            bytes: 0,
            limit,
            begun: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// How many bytes wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a frame to those that wait. One frame is always taken, however long it is: the limit is there for
    /// those who do not read.
    pub(super) fn push(&mut self, frame: Bytes) -> Result<(), Overflow> {
        if !self.pending.is_empty() && self.bytes + frame.len() > self.limit {
            return Err(Overflow);
        }
        self.push_over_limit(frame);
        Ok(())
    }

    fn push_over_limit(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.pending.push_back(frame);
    }

    /// Drops what waits, but for the rest of a frame that is on its way, and lets `last` follow.
    pub(super) fn finish_with(&mut self, last: impl IntoIterator<Item = Bytes>) {
        let keep = usize::from(self.begun);
        self.pending.truncate(keep);
        self.bytes = self.pending.iter().map(Bytes::len).sum();
        for frame in last {
            self.push_over_limit(frame);
        }
    }

    /// Writes a frame right away if nothing waits before it; what the socket does not take waits.
    pub(super) fn write_through(&mut self, frame: &Bytes, sink: &impl Sink) -> io::Result<Written> {
        debug_assert!(self.pending.is_empty(), "frames keep their order");
        let written = match sink.try_write(&[IoSlice::new(frame)]) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        if written == frame.len() {
            return Ok(Written::All);
        }
        self.begun = written > 0;
        self.push_over_limit(frame.slice(written..));
        Ok(Written::Blocked)
    }

    /// Writes what waits, many frames at once, until nothing is left or the socket takes no more.
    pub(super) fn write(&mut self, sink: &impl Sink) -> io::Result<Written> {
        while !self.pending.is_empty() {
            let mut slices = [IoSlice::new(&[]); GATHERED];
            let mut count = 0;
            for (slice, frame) in slices.iter_mut().zip(&self.pending) {
                *slice = IoSlice::new(frame);
                count += 1;
            }
            match sink.try_write(&slices[..count]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.sent(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Written::Blocked);
                }
                Err(error) => return Err(error),
            }
        }
        if self.pending.capacity() > KEPT_CAPACITY {
            self.pending = VecDeque::new();
        }
        Ok(Written::All)
    }

    fn sent(&mut self, mut written: usize) {
        self.bytes -= written;
        while let Some(frame) = self.pending.front_mut() {
            if written < frame.len() {
                frame.advance(written);
                self.begun |= written > 0;
                return;
            }
            written -= frame.len();
            self.pending.pop_front();
            self.begun = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use proptest::prelude::*;

    use super::*;

    /// A socket that takes as much as it has room for.
    #[derive(Default)]
    struct Socket {
        room: Cell<usize>,
        received: RefCell<Vec<u8>>,
        writes: Cell<usize>,
    }

    impl Sink for Socket {
        fn try_write(&self, frames: &[IoSlice<'_>]) -> io::Result<usize> {
            self.writes.set(self.writes.get() + 1);
            let whole: Vec<u8> = frames.iter().flat_map(|frame| frame.to_vec()).collect();
            let taken = whole.len().min(self.room.get());
            if taken == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.room.set(self.room.get() - taken);
            self.received
                .borrow_mut()
                .extend_from_slice(&whole[..taken]);
            Ok(taken)
        }
    }

    proptest! {
        #[test]
        fn what_a_socket_receives_is_whole_and_in_order_however_little_it_takes(
            steps in prop::collection::vec((0_usize..40, 0_usize..60), 1..80),
        ) {
            let (mut outbox, socket) = (Outbox::new(usize::MAX), Socket::default());
            let mut sent = Vec::new();
            for (index, (length, room)) in steps.into_iter().enumerate() {
                let frame = Bytes::from(vec![index as u8; length + 1]);
                sent.extend_from_slice(&frame);
                socket.room.set(room);
                if outbox.is_empty() {
                    outbox.write_through(&frame, &socket).unwrap();
                } else {
                    outbox.push(frame).unwrap();
                    outbox.write(&socket).unwrap();
                }
            }
            socket.room.set(usize::MAX);
            prop_assert_eq!(outbox.write(&socket).unwrap(), Written::All);
            prop_assert_eq!(outbox.bytes(), 0);
            prop_assert_eq!(socket.received.into_inner(), sent);
        }
    }

    #[test]
    fn a_backlog_goes_out_in_one_write() {
        let (mut outbox, socket) = (Outbox::new(1000), Socket::default());
        for _ in 0..GATHERED {
            outbox.push(Bytes::from_static(b"frame")).unwrap();
        }
        socket.room.set(usize::MAX);
        outbox.write(&socket).unwrap();
        assert_eq!(socket.writes.get(), 1);
    }

    #[test]
    fn more_than_may_wait_is_refused() {
        let mut outbox = Outbox::new(10);
        assert_eq!(outbox.push(Bytes::from_static(b"longer than it")), Ok(()));
        assert_eq!(outbox.push(Bytes::from_static(b"x")), Err(Overflow));
    }

    #[test]
    fn a_frame_that_has_begun_is_finished_before_the_last_words() {
        let (mut outbox, socket) = (Outbox::new(1000), Socket::default());
        outbox.push(Bytes::from_static(b"begun")).unwrap();
        outbox.push(Bytes::from_static(b"dropped")).unwrap();
        socket.room.set(2);
        assert_eq!(outbox.write(&socket).unwrap(), Written::Blocked);
        outbox.finish_with([Bytes::from_static(b"!")]);
        socket.room.set(100);
        outbox.write(&socket).unwrap();
        assert_eq!(socket.received.into_inner(), b"begun!");
    }
}
