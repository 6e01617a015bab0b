use kith_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::Request;

/// Let this process read the stream of durable events, from there on. Only api makes consumers: whoever may, may have
/// JetStream deliver to whatever subject there is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenIngest {
    /// The last token of the subject on which the asker listens already, `ing.v1.{name}`; 1 to 64 letters and digits.
    pub name: String,
    pub begin: IngestBegin,
}

/// Where a reading of the stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IngestBegin {
    /// With the first event that is not older.
    Time(Timestamp),
    /// With this sequence of the stream.
    Seq(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedIngest {
    /// How many events there were to be sent when it was opened.
    pub owed: u64,
}

impl Request for OpenIngest {
    const NAME: &'static str = "open_ingest";
    type Reply = OpenedIngest;
}

/// Let search follow the stream from its begin again: what it has seen says nothing any more of what the stream has.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct FollowAnew {}

impl Request for FollowAnew {
    const NAME: &'static str = "follow_anew";
    type Reply = ();
}
