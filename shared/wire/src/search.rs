use kith_types::MessageId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Message;

/// What a message has besides words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchMark {
    /// A link.
    Link,
    /// An attachment, whatever it is.
    File,
    /// An attachment that is a picture, as its first bytes say.
    Image,
    /// As `image`, of film.
    Video,
    /// As `image`, of sound.
    Audio,
}

/// A page of what was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundMessages {
    pub messages: Vec<FoundMessage>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<MessageId>,
}

/// A message that was found, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundMessage {
    pub message: Message,
    /// Its content once more, in pieces.
    pub pieces: Vec<Piece>,
}

/// A piece of a message's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Piece {
    pub text: String,
    /// Whether it is what was looked for.
    pub is_match: bool,
}
