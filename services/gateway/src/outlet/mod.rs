//! The writing side of one socket. The fan-out writes to it directly; what the socket does not take at once waits,
//! bounded, until the session's own task finds it writable again.

mod outbox;

use std::io::{self, IoSlice};
use std::sync::Mutex;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use kith_types::UserId;
use kith_wire::{CloseCode, Op};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use self::outbox::Outbox;
pub(crate) use self::outbox::{Sink, Written};
use crate::frame;

/// Why a connection is closed by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// The client sent something that it must not, or the session has ended.
    Code(CloseCode, &'static str),
    /// It reads more slowly than things happen; it may resume.
    Slow,
    /// This process ends; the client resumes elsewhere.
    Leaving,
    /// The session cannot go on from where it is; the client identifies anew.
    Invalid,
    /// The client closed, or the connection is broken.
    Gone,
}

impl Closing {
    /// As the metric calls it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Code(code, _) => match code {
                CloseCode::UnknownError => "error",
                CloseCode::UnknownOpcode => "unknown_opcode",
                CloseCode::DecodeError => "decode_error",
                CloseCode::NotAuthenticated => "not_authenticated",
                CloseCode::AuthenticationFailed => "authentication_failed",
                CloseCode::AlreadyAuthenticated => "already_authenticated",
                CloseCode::InvalidSeq => "invalid_seq",
                CloseCode::RateLimited => "rate_limited",
                CloseCode::SessionTimedOut => "timed_out",
            },
            Self::Slow => "slow",
            Self::Leaving => "leaving",
            Self::Invalid => "invalid_session",
            Self::Gone => "gone",
        }
    }

    /// What the client is told before the end.
    fn last_words(self) -> Vec<Bytes> {
        let reconnect = || frame::plain(Op::Reconnect, None, ());
        let close = |code: CloseCode, reason| frame::close(code as u16, reason);
        match self {
            Self::Code(code, reason) => vec![close(code, reason)],
            Self::Slow => vec![
                reconnect(),
                close(CloseCode::SessionTimedOut, "you read too slowly; resume"),
            ],
            // 1012: the service restarts (the WebSocket registry of close codes).
            Self::Leaving => vec![reconnect(), frame::close(1012, "restarting; resume")],
            Self::Invalid => vec![
                frame::plain(
                    Op::InvalidSession,
                    None,
                    kith_wire::InvalidSession { resumable: false },
                ),
                close(CloseCode::InvalidSeq, "identify anew"),
            ],
            Self::Gone => Vec::new(),
        }
    }
}

/// The writing side of one socket.
pub(crate) struct Outlet {
    id: u64,
    task: AtomicWaker,
    state: Mutex<State>,
}

struct State {
    outbox: Outbox,
    /// None when it is closed.
    socket: Option<OwnedWriteHalf>,
    /// Whether the session's task is waiting for the socket: until it has written, nobody else tries.
    blocked: bool,
    /// Whether it is in the list of a fan-out that writes at the end of its batch.
    listed: bool,
    closing: Option<Closing>,
    /// Whose session it is; the hub may know of it.
    user: Option<UserId>,
}

impl Sink for OwnedWriteHalf {
    fn try_write(&self, frames: &[IoSlice<'_>]) -> io::Result<usize> {
        match frames {
            [frame] => OwnedWriteHalf::try_write(self, frame),
            frames => self.try_write_vectored(frames),
        }
    }
}

impl Outlet {
    /// `limit` is how many bytes may wait.
    pub(crate) fn new(id: u64, socket: OwnedWriteHalf, limit: usize) -> Self {
        let state = State {
            outbox: Outbox::new(limit),
            socket: Some(socket),
            blocked: false,
            listed: false,
            closing: None,
            user: None,
        };
        Self {
            id,
            task: AtomicWaker::new(),
            state: Mutex::new(state),
        }
    }

    /// Unique in this process.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The hub is about to be told that it is this user's.
    pub(crate) fn claim(&self, user: UserId) {
        self.change(|state| state.user = Some(user));
    }

    /// Whom the hub has to be told of when it ends.
    pub(crate) fn user(&self) -> Option<UserId> {
        self.change(|state| state.user)
    }

    fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self
            .state
            .lock()
            .expect("no code panics while it holds this lock"))
    }

    /// Sends a frame, right away if the socket takes it.
    pub(crate) fn send(&self, frame: &Bytes) {
        let wake = self.change(|state| state.send(frame));
        self.wake_if(wake);
    }

    /// Adds a frame to what waits. True if the caller has to [`Self::flush`] it later, once.
    pub(crate) fn enqueue(&self, frame: &Bytes) -> bool {
        let (list, wake) = self.change(|state| {
            if state.closing.is_some() {
                return (false, false);
            }
            if state.outbox.push(frame.clone()).is_err() {
                state.close(Closing::Slow);
                return (false, true);
            }
            let list = !state.listed && !state.blocked;
            state.listed |= list;
            (list, false)
        });
        self.wake_if(wake);
        list
    }

    /// Writes what [`Self::enqueue`] added.
    pub(crate) fn flush(&self) {
        let wake = self.change(|state| {
            state.listed = false;
            !state.blocked && state.write() != Written::All
        });
        self.wake_if(wake);
    }

    /// Ends the connection, after what the client has to know. The first reason counts.
    pub(crate) fn close(&self, closing: Closing) {
        self.change(|state| state.close(closing));
        self.task.wake();
    }

    /// Why it is being closed, if it is.
    pub(crate) fn closing(&self) -> Option<Closing> {
        self.change(|state| state.closing)
    }

    /// How many bytes wait.
    pub(crate) fn waiting(&self) -> usize {
        self.change(|state| state.outbox.bytes())
    }

    /// Lets go of the socket; nothing is written any more.
    pub(crate) fn shut(&self) {
        self.change(|state| {
            state.closing.get_or_insert(Closing::Gone);
            state.outbox.finish_with([]);
            state.socket = None;
        });
    }

    /// For the session's task: writes when the socket is writable. Ready when there is a reason to end, and all is
    /// said or cannot be. `stream` is the same socket.
    pub(crate) fn poll_write(
        &self,
        stream: &TcpStream,
        context: &mut Context<'_>,
    ) -> Poll<Closing> {
        self.task.register(context.waker());
        loop {
            let (written, closing) = self.change(|state| (state.write(), state.closing));
            match (written, closing) {
                (Written::All, Some(closing)) => return Poll::Ready(closing),
                (Written::All, None) => return Poll::Pending,
                (Written::Blocked, _) => match stream.poll_write_ready(context) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => self.shut(),
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }

    fn wake_if(&self, wake: bool) {
        if wake {
            self.task.wake();
        }
    }
}

impl State {
    /// Whether the session's task has to go on with it.
    fn send(&mut self, frame: &Bytes) -> bool {
        if self.closing.is_some() {
            return false;
        }
        let Some(socket) = self.socket.as_ref().filter(|_| self.outbox.is_empty()) else {
            if self.outbox.push(frame.clone()).is_err() {
                self.close(Closing::Slow);
                return true;
            }
            return !self.blocked;
        };
        match self.outbox.write_through(frame, socket) {
            Ok(Written::All) => false,
            Ok(Written::Blocked) => {
                self.blocked = true;
                true
            }
            Err(_) => {
                self.broken();
                true
            }
        }
    }

    fn write(&mut self) -> Written {
        let Some(socket) = &self.socket else {
            return Written::All;
        };
        let written = self.outbox.write(socket).unwrap_or_else(|_| {
            self.broken();
            Written::All
        });
        self.blocked = written == Written::Blocked;
        written
    }

    fn broken(&mut self) {
        self.closing.get_or_insert(Closing::Gone);
        self.outbox.finish_with([]);
        self.socket = None;
        self.blocked = false;
    }

    fn close(&mut self, closing: Closing) {
        if self.closing.is_none() {
            self.closing = Some(closing);
            self.outbox.finish_with(closing.last_words());
        }
    }
}
