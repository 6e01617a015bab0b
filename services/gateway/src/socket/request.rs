use std::borrow::Cow;

use kith_wire::{CloseCode, Identify, Op, Resume};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::outlet::Closing;

/// What a client wants.
pub(super) enum Request {
    Identify(Identify),
    Resume(Resume),
    Heartbeat,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    op: Cow<'a, str>,
    #[serde(default, borrow)]
    d: Option<&'a RawValue>,
}

impl Request {
    /// Reads a client's frame, or says what it is closed with.
    pub(super) fn read(text: &str) -> Result<Self, Closing> {
        let frame: Frame<'_> = serde_json::from_str(text).map_err(|_| decode_error())?;
        let op = serde_json::from_value(frame.op.as_ref().into());
        match op {
            Ok(Op::Identify) => body(frame.d).map(Self::Identify),
            Ok(Op::Resume) => body(frame.d).map(Self::Resume),
            // What it has received is of no use to us: nothing is kept for it here.
            Ok(Op::Heartbeat) => Ok(Self::Heartbeat),
            _ => Err(Closing::Code(CloseCode::UnknownOpcode, "unknown op")),
        }
    }
}

fn decode_error() -> Closing {
    Closing::Code(CloseCode::DecodeError, "the frame cannot be read")
}

fn body<T: DeserializeOwned>(d: Option<&RawValue>) -> Result<T, Closing> {
    let d = d.ok_or_else(decode_error)?;
    serde_json::from_str(d.get()).map_err(|_| decode_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closing(text: &str) -> Option<CloseCode> {
        match Request::read(text) {
            Err(Closing::Code(code, _)) => Some(code),
            _ => None,
        }
    }

    #[test]
    fn frames_are_read_and_what_is_wrong_with_them_is_told_apart() {
        assert!(matches!(
            Request::read(r#"{"op":"HEARTBEAT","d":{"s":7},"later":1}"#),
            Ok(Request::Heartbeat)
        ));
        let identify = Request::read(r#"{"op":"IDENTIFY","d":{"token":"t","later":1}}"#);
        assert!(matches!(identify, Ok(Request::Identify(it)) if it.token == "t"));
        let resume = Request::read(r#"{"op":"RESUME","d":{"token":"t","session_id":"i","s":9}}"#);
        assert!(matches!(resume, Ok(Request::Resume(it)) if it.s == 9));
        assert_eq!(closing("{"), Some(CloseCode::DecodeError));
        assert_eq!(
            closing(r#"{"op":"IDENTIFY"}"#),
            Some(CloseCode::DecodeError)
        );
        assert_eq!(closing(r#"{"op":"FLY"}"#), Some(CloseCode::UnknownOpcode));
        assert_eq!(
            closing(r#"{"op":"DISPATCH"}"#),
            Some(CloseCode::UnknownOpcode)
        );
    }
}
