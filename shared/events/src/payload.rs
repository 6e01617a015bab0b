use bytes::Bytes;
use serde::Serialize;

/// Stands for an event's `rev` until its transaction has taken it.
pub const REV_PLACEHOLDER: i64 = -7_000_000_000_000_000_001;
/// Stands for a message's `seq` until its transaction has taken it.
pub const SEQ_PLACEHOLDER: i64 = -7_000_000_000_000_000_002;

const REV: &str = "\"rev\":-7000000000000000001";
const SEQ: &str = "\"seq\":-7000000000000000002";

/// An event's JSON as the outbox keeps it, with placeholders for the numbers that the database gives.
///
/// A placeholder cannot be forged by what people write: inside a JSON string its quotes would be escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload(String);

/// The payload cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[error("the event's payload cannot be encoded")]
pub struct PayloadError(#[from] serde_json::Error);

impl Payload {
    /// Encodes the client's `d` of an event whose `rev` (and `seq`) may still be placeholders.
    pub fn encode<T: Serialize>(value: &T) -> Result<Self, PayloadError> {
        Ok(Self(serde_json::to_string(value)?))
    }

    /// As the outbox keeps it.
    pub fn from_column(text: String) -> Self {
        Self(text)
    }

    /// As the outbox keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The exact bytes that clients receive, with the numbers filled in.
    pub fn fill(&self, rev: i64, seq: Option<i64>) -> Bytes {
        let mut text = self.0.replacen(REV, &format!("\"rev\":{rev}"), 1);
        if let Some(seq) = seq {
            text = text.replacen(SEQ, &format!("\"seq\":{seq}"), 1);
        }
        Bytes::from(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Example<'a> {
        rev: i64,
        content: &'a str,
        seq: i64,
    }

    #[test]
    fn what_people_write_is_never_taken_for_a_placeholder() {
        let content = format!("{REV} {SEQ}");
        let example = Example {
            rev: REV_PLACEHOLDER,
            content: &content,
            seq: SEQ_PLACEHOLDER,
        };
        let filled = Payload::encode(&example).unwrap().fill(4, Some(9));
        let read: serde_json::Value = serde_json::from_slice(&filled).unwrap();
        assert_eq!(read["rev"], 4);
        assert_eq!(read["seq"], 9);
        assert_eq!(read["content"], content);
    }
}
