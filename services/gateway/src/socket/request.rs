use std::borrow::Cow;

use kith_events::rpc::MEMBERS_AT_ONCE;
use kith_wire::{CloseCode, Identify, Op, RequestMembers, Resume, SetPresence};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::outlet::Closing;

/// What a client wants.
pub(super) enum Request {
    Identify(Identify),
    Resume(Resume),
    Heartbeat,
    Presence(SetPresence),
    Members(RequestMembers),
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
            Ok(Op::Presence) => body(frame.d).map(Self::Presence),
            Ok(Op::RequestMembers) => body(frame.d).and_then(few_enough).map(Self::Members),
            _ => Err(Closing::Code(CloseCode::UnknownOpcode, "unknown op")),
        }
    }
}

/// How many ranges one question may have.
const RANGES: usize = 5;

/// Refuses what asks for more than is answered at once, or for what is no range.
fn few_enough(request: RequestMembers) -> Result<RequestMembers, Closing> {
    let wrong = |words| Err(Closing::Code(CloseCode::DecodeError, words));
    let mut members = request.user_ids.len() as u64;
    for (first, last) in &request.ranges {
        if last < first {
            return wrong("d.ranges: the last place is before the first one");
        }
        members += u64::from(last - first) + 1;
    }
    if request.ranges.len() > RANGES {
        return wrong("d.ranges: at most 5");
    }
    if members > u64::from(MEMBERS_AT_ONCE) {
        return wrong("d.ranges, d.user_ids: at most 100 members in all");
    }
    Ok(request)
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
    use kith_wire::ChosenStatus;

    use super::*;

    #[test]
    fn a_question_about_members_names_real_places_and_not_too_many() {
        let ask = |ranges: &str| {
            Request::read(&format!(
                r#"{{"op":"REQUEST_MEMBERS","d":{{"guild_id":"01M7X094NF15018JC8E57M87Z4","ranges":{ranges}}}}}"#
            ))
        };
        for good in [
            "[]",
            "[[0,99]]",
            "[[5,5],[0,49]]",
            "[[4294967295,4294967295]]",
        ] {
            assert!(matches!(ask(good), Ok(Request::Members(_))), "{good}");
        }
        for bad in [
            "[[0,100]]",
            "[[1,0]]",
            "[[0,50],[0,50]]",
            "[[0,0],[0,0],[0,0],[0,0],[0,0],[0,0]]",
            "[[0,4294967295]]",
            "[[-1,0]]",
            "[[0]]",
        ] {
            assert!(
                matches!(ask(bad), Err(Closing::Code(CloseCode::DecodeError, _))),
                "{bad}"
            );
        }
    }

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
        let presence = Request::read(r#"{"op":"PRESENCE","d":{"status":"idle","later":1}}"#);
        assert!(
            matches!(presence, Ok(Request::Presence(it)) if it.status == Some(ChosenStatus::Idle))
        );
        let presence = Request::read(r#"{"op":"PRESENCE","d":{}}"#);
        assert!(matches!(presence, Ok(Request::Presence(it)) if it.status.is_none()));
        assert_eq!(
            closing(r#"{"op":"PRESENCE","d":{"status":"away"}}"#),
            Some(CloseCode::DecodeError)
        );
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
