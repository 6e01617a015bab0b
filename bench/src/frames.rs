//! A WebSocket client that costs next to nothing, so that what is measured is the server: it reads frames out of one
//! buffer and looks for two numbers in them instead of parsing JSON.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The client half of one connection.
pub(crate) struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Socket {
    /// Opens `ws://{address}{path}`.
    pub(crate) async fn connect(address: &str, path: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address)
            .await
            .context(address.to_owned())?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut socket = Self {
            stream,
            buffer: vec![0; 4096],
            start: 0,
            end: 0,
        };
        loop {
            if let Some(length) = find(&socket.buffer[..socket.end], b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&socket.buffer[..length]);
                if !head.starts_with("HTTP/1.1 101") {
                    bail!("the upgrade was refused: {head}");
                }
                socket.start = length + 4;
                return Ok(socket);
            }
            socket.fill().await?;
        }
    }

    /// Sends a text frame. The mask is zero: it protects proxies from browsers, and there is neither here.
    pub(crate) async fn send(&mut self, text: &str) -> Result<()> {
        let mut frame = vec![0x81];
        match text.len() {
            length @ 0..126 => frame.push(0x80 | length as u8),
            length => {
                frame.push(0x80 | 0x7e);
                frame.extend(
                    u16::try_from(length)
                        .context("frame too long")?
                        .to_be_bytes(),
                );
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame).await?;
        Ok(())
    }

    /// Waits for at least one whole frame, then hands every whole frame that is there to `each`.
    pub(crate) async fn receive(
        &mut self,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut seen = 0;
        loop {
            while let Some((header, length)) = frame(&self.buffer[self.start..self.end]) {
                let opcode = self.buffer[self.start] & 0x0f;
                let payload = self.start + header..self.start + header + length;
                match opcode {
                    1 => each(&self.buffer[payload.clone()])?,
                    8 => bail!("closed by the server: {}", closing(&self.buffer[payload])),
                    _ => {}
                }
                self.start += header + length;
                seen += 1;
            }
            if seen > 0 {
                return Ok(());
            }
            self.fill().await?;
        }
    }

    /// Gives the buffer of an idle connection back, so that the measuring process stays small too.
    pub(crate) fn shrink(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.buffer.truncate(self.end.max(256));
        self.buffer.shrink_to_fit();
    }

    async fn fill(&mut self) -> Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 4, 0);
        }
        let read = self.stream.read(&mut self.buffer[self.end..]).await?;
        if read == 0 {
            bail!("the connection ended");
        }
        self.end += read;
        Ok(())
    }
}

/// The lengths of the header and the payload of the whole frame that `bytes` starts with.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (header, length) = match *bytes.get(1)? & 0x7f {
        126 => (
            4,
            usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
        ),
        127 => (
            10,
            u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize,
        ),
        short => (2, usize::from(short)),
    };
    (bytes.len() >= header + length).then_some((header, length))
}

fn closing(payload: &[u8]) -> String {
    match payload {
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            format!("{code} {}", String::from_utf8_lossy(reason))
        }
        _ => "without a code".to_owned(),
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

/// The number behind `key` (`"seq":`), if the frame has it.
pub(crate) fn number(frame: &[u8], key: &memchr::memmem::Finder<'_>) -> Option<u64> {
    let start = key.find(frame)? + key.needle().len();
    let digits = frame[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    digits.fold(None, |sum, digit| {
        Some(sum.unwrap_or(0) * 10 + u64::from(digit - b'0'))
    })
}
