use std::time::Duration;

use kith_bus::{Bus, RequestError};
use kith_events::rpc::FindMessages;
use kith_http::ApiError;
use kith_types::{ChannelId, GuildId, MessageId, Timestamp, UserId};
use kith_wire::{ErrorCode, FoundMessages, SearchMark};

use crate::Failure;

/// How long a client should wait while nobody answers.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What somebody looks for, wherever that is.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) content: String,
    pub(crate) author: Option<UserId>,
    pub(crate) mentions: Option<UserId>,
    pub(crate) has: Option<SearchMark>,
    pub(crate) after: Option<Timestamp>,
    pub(crate) before: Option<Timestamp>,
    pub(crate) cursor: Option<MessageId>,
    pub(crate) limit: i64,
}

impl Wanted {
    /// Asks the search service for it, in these channels only.
    pub(super) async fn find(
        &self,
        bus: &Bus,
        guild: Option<GuildId>,
        channels: Vec<ChannelId>,
    ) -> Result<FoundMessages, Failure> {
        let question = FindMessages {
            guild,
            channels,
            content: self.content.clone(),
            author: self.author,
            mentions: self.mentions,
            has: self.has,
            after: self.after,
            before: self.before,
            cursor: self.cursor,
            limit: self.limit,
        };
        bus.request(&question)
            .await
            .map_err(|error| answer(error).into())
    }
}

/// What a client is told when there is no answer.
fn answer(error: RequestError) -> ApiError {
    match error.code() {
        ErrorCode::Unavailable => ApiError::unavailable(error).with_retry_after(RETRY_AFTER),
        _ => ApiError::internal(error),
    }
}
