use kith_types::{MessageId, Timestamp, UserId};
use kith_wire::SearchMark;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Failure;
use crate::usecases::search::Wanted;

/// How long a page is, and how long it may be.
const LIMIT: i64 = 25;
/// In characters.
const LONGEST: usize = 256;

/// What is looked for: all of it has to be true. Whatever is left out is true of every message.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filters {
    /// Words (their other forms too, and words that they are a part of), `"phrases"`, and `-` before what must not be there.
    /// Case and accents do not matter. At most 256 characters.
    #[param(required = false, max_length = 256)]
    content: Option<String>,
    /// Written by this user.
    #[param(required = false)]
    author_id: Option<UserId>,
    /// Mentions this user by name.
    #[param(required = false)]
    mentions: Option<UserId>,
    /// Has this besides words.
    #[param(required = false)]
    has: Option<SearchMark>,
    /// Posted before this moment.
    #[param(required = false)]
    before: Option<Timestamp>,
    /// Posted at this moment or after it.
    #[param(required = false)]
    after: Option<Timestamp>,
    /// `next` of the page before.
    #[param(required = false)]
    cursor: Option<MessageId>,
    /// 1 to 25, 25 if left out. A page of very long messages may be shorter, and has `next` all the same.
    #[param(required = false, minimum = 1, maximum = 25)]
    limit: Option<i64>,
}

impl Filters {
    pub(super) fn wanted(self) -> Result<Wanted, Failure> {
        let content = self.content.unwrap_or_default();
        if content.chars().count() > LONGEST {
            return Err(Failure::field(
                "content",
                format!("must be at most {LONGEST} characters"),
            ));
        }
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT).contains(&limit) {
            return Err(Failure::field("limit", format!("must be 1 to {LIMIT}")));
        }
        Ok(Wanted {
            content,
            author: self.author_id,
            mentions: self.mentions,
            has: self.has,
            after: self.after,
            before: self.before,
            cursor: self.cursor,
            limit,
        })
    }
}
