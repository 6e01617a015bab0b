use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::{FutureExt, StreamExt};
use kith_types::Quota;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::budget::Budget;
use super::frames::Frames;
use crate::outlet::{Closing, Outlet};

/// What clients send is short: tokens and numbers.
const MAX_MESSAGE: usize = 8 * 1024;
/// Most frames of clients have less; more is read in several steps.
const READ_BUFFER: usize = 512;

/// How many frames a client may send, of whatever kind: a heartbeat every 30 seconds is what it needs.
const FRAMES: Quota = Quota::new(120, Duration::from_mins(1));

/// The socket as the WebSocket library sees it: it reads from the socket, and what it writes (pongs, closes) goes
/// the way of all other frames.
struct Pipe {
    socket: OwnedReadHalf,
    /// What the client sent right behind its handshake.
    early: Bytes,
    outlet: Arc<Outlet>,
    frames: Frames,
    budget: Budget,
    /// Whether more frames came than a client may send.
    flooded: bool,
}

impl Pipe {
    fn fill(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.early.is_empty() {
            let length = self.early.len().min(buffer.remaining());
            buffer.put_slice(&self.early[..length]);
            self.early.advance(length);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(self.fill(context, buffer))?;
        // The library collects what is no whole message, and answers pings, without a word to anybody.
        let frames = self.frames.count(&buffer.filled()[before..]);
        if frames > 0 && !self.budget.spend(frames, Instant::now()) {
            self.flooded = true;
            return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        frame: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.outlet.send(&Bytes::copy_from_slice(frame));
        Poll::Ready(Ok(frame.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// One client's connection.
pub(super) struct Socket {
    stream: WebSocketStream<Pipe>,
    outlet: Arc<Outlet>,
    /// Whether [`Input::Closing`] was given.
    closing: bool,
    /// Whether [`Input::Broken`] was given: nothing more can be read.
    broken: bool,
}

/// What happens on a connection.
pub(super) enum Input {
    /// A frame came.
    Message(Message),
    /// The client is gone, or does not speak the protocol.
    Broken(Error),
    /// We have begun to close.
    Closing,
    /// All is said.
    Closed(Closing),
}

impl Socket {
    pub(super) fn new(socket: OwnedReadHalf, early: &[u8], outlet: Arc<Outlet>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let pipe = Pipe {
            socket,
            // Also when it is empty it holds on to the whole buffer that the handshake was read into.
            early: Bytes::copy_from_slice(early),
            outlet: outlet.clone(),
            frames: Frames::default(),
            budget: Budget::new(FRAMES, Instant::now()),
            flooded: false,
        };
        // It is asynchronous for no reason: it waits for nothing.
        let stream = WebSocketStream::from_raw_socket(pipe, Role::Server, Some(config));
        Self {
            stream: stream.now_or_never().expect("it waits for nothing"),
            outlet,
            closing: false,
            broken: false,
        }
    }

    /// The next thing that happens; meanwhile what waits is written.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Input> {
        let written = self
            .outlet
            .poll_write(self.stream.get_ref().socket.as_ref(), context);
        if let Poll::Ready(closing) = written {
            return Poll::Ready(Input::Closed(closing));
        }
        if !self.closing && self.outlet.closing().is_some() {
            self.closing = true;
            return Poll::Ready(Input::Closing);
        }
        if self.broken {
            return Poll::Pending;
        }
        let error = match ready!(self.stream.poll_next_unpin(context)) {
            Some(Ok(message)) => return Poll::Ready(Input::Message(message)),
            Some(Err(error)) => error,
            None => Error::ConnectionClosed,
        };
        self.broken = true;
        Poll::Ready(Input::Broken(error))
    }

    /// Whether it is broken because more frames came than a client may send.
    pub(super) fn is_flooded(&self) -> bool {
        self.stream.get_ref().flooded
    }

    /// Reads and forgets until the client has closed as well, so that the last words are not lost in a reset.
    pub(super) async fn linger(&mut self) {
        self.outlet.shut();
        while let Some(Ok(_)) = self.stream.next().await {}
    }
}
