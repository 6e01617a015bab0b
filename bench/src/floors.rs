//! The least that a broadcaster can do: it takes a message off a core NATS subject and writes it to every WebSocket, one write
//! each. No sessions, no permissions, no order, no replay. What Kith's gateway does more, it must do for little more.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

struct Reader {
    stream: TcpStream,
    /// Frames that the socket did not take yet.
    waiting: VecDeque<Bytes>,
}

/// Serves WebSockets on `listen` until it is stopped.
pub(crate) async fn serve(listen: &str, nats: &async_nats::Client, subject: &str) -> Result<()> {
    let listener = TcpListener::bind(listen).await.context(listen.to_owned())?;
    let mut messages = nats.subscribe(subject.to_owned()).await?;
    let readers: Arc<Mutex<Vec<Reader>>> = Arc::default();
    println!("listening on {listen}");
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let stream = upgrade(accepted?.0).await?;
                readers.lock().expect("no code panics while it holds this lock")
                    .push(Reader { stream, waiting: VecDeque::new() });
            }
            message = messages.next() => {
                let frame = text_frame(&message.context("NATS is gone")?.payload);
                let mut readers = readers.lock().expect("no code panics while it holds this lock");
                readers.retain_mut(|reader| write(reader, &frame));
            }
            // Sockets with a backlog are tried again when nothing else is to do.
            () = tokio::time::sleep(std::time::Duration::from_millis(1)) => {
                let mut readers = readers.lock().expect("no code panics while it holds this lock");
                readers.retain_mut(flush);
            }
        }
    }
}

fn write(reader: &mut Reader, frame: &Bytes) -> bool {
    reader.waiting.push_back(frame.clone());
    flush(reader)
}

/// Writes what waits, frame by frame; false once the socket is gone.
fn flush(reader: &mut Reader) -> bool {
    while let Some(mut frame) = reader.waiting.pop_front() {
        match reader.stream.try_write(&frame) {
            Ok(written) if written == frame.len() => {}
            Ok(written) => reader.waiting.push_front(frame.split_off(written)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                reader.waiting.push_front(frame);
                return true;
            }
            Err(_) => return false,
        }
    }
    true
}

fn text_frame(payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(0x81);
    match payload.len() {
        length @ 0..126 => frame.put_u8(length as u8),
        length @ 126..65_536 => {
            frame.put_u8(126);
            frame.put_u16(length as u16);
        }
        length => {
            frame.put_u8(127);
            frame.put_u64(length as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}

async fn upgrade(mut stream: TcpStream) -> Result<TcpStream> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    anyhow::ensure!(
        head.contains("upgrade: websocket"),
        "not a WebSocket's handshake"
    );
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    Ok(stream)
}
