use kith_types::{ChannelId, GuildId, MessageId, Timestamp, UserId};
use kith_wire::{FoundMessages, SearchMark};
use serde::{Deserialize, Serialize};

use super::Request;

/// Which messages say this? Asked by api, which has decided where the asker may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindMessages {
    /// None: in a direct message.
    pub guild: Option<GuildId>,
    /// Only in these channels.
    pub channels: Vec<ChannelId>,
    /// Words, `"phrases"`, and `-` before what must not be there.
    pub content: String,
    pub author: Option<UserId>,
    pub mentions: Option<UserId>,
    pub has: Option<SearchMark>,
    pub after: Option<Timestamp>,
    pub before: Option<Timestamp>,
    /// The last message of the page before.
    pub cursor: Option<MessageId>,
    pub limit: i64,
}

impl Request for FindMessages {
    const NAME: &'static str = "find_messages";
    type Reply = FoundMessages;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_reads_and_writes_what_the_golden_file_keeps() {
        let golden = include_str!("../../golden/find_messages.v1.json");
        let kept: serde_json::Value = serde_json::from_str(golden).unwrap();
        let read: FindMessages = serde_json::from_str(golden).unwrap();
        assert_eq!(read.has, Some(SearchMark::Link));
        assert_eq!(serde_json::to_value(&read).unwrap(), kept);
    }
}
