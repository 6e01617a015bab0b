//! Whole WebSocket text frames. The server's frames are not masked, so the same bytes serve every socket.

use std::fmt::Write as _;

use bytes::Bytes;
use kith_wire::{DispatchKind, Op, ServerFrame};
use serde::Serialize;

const FINAL_TEXT: u8 = 0x81;
const FINAL_CLOSE: u8 = 0x88;

/// A dispatch, encoded once for all who receive it.
#[derive(Debug, Clone)]
pub(crate) struct Dispatch {
    kind: DispatchKind,
    bytes: Bytes,
    payload_at: usize,
}

impl Dispatch {
    /// `payload` is the JSON that clients receive in `d`.
    pub(crate) fn encode(kind: DispatchKind, s: Option<u64>, payload: &[u8]) -> Self {
        let mut head = format!(r#"{{"op":"DISPATCH","t":"{}","#, name(kind));
        if let Some(s) = s {
            let _ = write!(head, r#""s":{s},"#);
        }
        head.push_str(r#""d":"#);
        let length = head.len() + payload.len() + 1;
        let mut bytes = Vec::with_capacity(length + 10);
        put_header(&mut bytes, FINAL_TEXT, length);
        bytes.extend_from_slice(head.as_bytes());
        let payload_at = bytes.len();
        bytes.extend_from_slice(payload);
        bytes.push(b'}');
        Self {
            kind,
            bytes: Bytes::from(bytes),
            payload_at,
        }
    }

    /// The whole frame.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The JSON that clients receive in `d`.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.bytes[self.payload_at..self.bytes.len() - 1]
    }

    /// What clients know it as.
    pub(crate) fn kind(&self) -> DispatchKind {
        self.kind
    }

    /// The same without `s`: for when not everything before it has been sent.
    pub(crate) fn without_s(&self) -> Self {
        Self::encode(self.kind, None, self.payload())
    }
}

/// The `t` of a dispatch.
pub(crate) fn name(kind: DispatchKind) -> &'static str {
    kind.into()
}

/// A frame that is not a dispatch.
pub(crate) fn plain<D: Serialize>(op: Op, s: Option<u64>, d: D) -> Bytes {
    let frame = ServerFrame { op, t: None, s, d };
    let json = serde_json::to_vec(&frame).expect("these frames have only plain fields");
    let mut bytes = Vec::with_capacity(json.len() + 10);
    put_header(&mut bytes, FINAL_TEXT, json.len());
    bytes.extend_from_slice(&json);
    Bytes::from(bytes)
}

/// A close frame. `reason` has at most 123 bytes, as the protocol demands.
pub(crate) fn close(code: u16, reason: &'static str) -> Bytes {
    let mut bytes = Vec::with_capacity(reason.len() + 4);
    put_header(&mut bytes, FINAL_CLOSE, reason.len() + 2);
    bytes.extend_from_slice(&code.to_be_bytes());
    bytes.extend_from_slice(reason.as_bytes());
    Bytes::from(bytes)
}

fn put_header(bytes: &mut Vec<u8>, first: u8, length: usize) {
    bytes.push(first);
    match length {
        0..=125 => bytes.push(length as u8),
        126..=0xffff => {
            bytes.push(126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The payload of the one text frame that `bytes` is.
    fn unframed(bytes: &[u8]) -> &[u8] {
        assert_eq!(bytes[0], FINAL_TEXT);
        let (start, length) = match bytes[1] {
            126 => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
            127 => (
                10,
                u64::from_be_bytes(bytes[2..10].try_into().unwrap()) as usize,
            ),
            short => (2, usize::from(short)),
        };
        assert_eq!(bytes.len(), start + length);
        &bytes[start..]
    }

    proptest! {
        #[test]
        fn a_dispatch_of_any_length_is_one_frame(length in 0_usize..70_000, s in any::<u64>()) {
            let payload = json!({ "content": "x".repeat(length) });
            let text = payload.to_string();
            let frame = Dispatch::encode(DispatchKind::MessageCreate, Some(s), text.as_bytes());
            let read: Value = serde_json::from_slice(unframed(frame.bytes())).unwrap();
            prop_assert_eq!(read, json!({"op": "DISPATCH", "t": "MESSAGE_CREATE", "s": s, "d": payload}));
            let frame = frame.without_s();
            let read: Value = serde_json::from_slice(unframed(frame.bytes())).unwrap();
            prop_assert_eq!(read, json!({"op": "DISPATCH", "t": "MESSAGE_CREATE", "d": payload}));
        }
    }

    #[test]
    fn a_plain_frame_leaves_out_what_means_nothing() {
        let bytes = plain(Op::HeartbeatAck, None, ());
        assert_eq!(unframed(&bytes), br#"{"op":"HEARTBEAT_ACK","d":null}"#);
    }

    #[test]
    fn a_close_frame_tells_code_and_reason() {
        let bytes = close(4009, "slow");
        assert_eq!(&bytes[..], b"\x88\x06\x0f\xa9slow");
    }
}
