use axum::extract::State;
use kith_http::{Listed, Query};
use kith_policy::{ReadHistory, require};
use kith_store::{Store, messages};
use kith_types::{ChannelId, MessageId};
use kith_wire::{ErrorEnvelope, Message, Paged};
use messages::{Page, Position};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Failure;
use crate::access::InChannel;
use crate::routes::limit;

/// Which part of the history: at most one of the four, else the newest.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Cursor {
    /// Messages before this one.
    #[param(required = false)]
    before: Option<MessageId>,
    /// Messages after this one.
    #[param(required = false)]
    after: Option<MessageId>,
    /// This message and its neighbours on both sides.
    #[param(required = false)]
    around: Option<MessageId>,
    /// Messages after the one with this `seq`.
    #[param(required = false, minimum = 0)]
    after_seq: Option<i64>,
    /// 1 to 100, 50 if left out.
    #[param(required = false, minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

impl Cursor {
    fn position(&self) -> Result<Position, Failure> {
        let given = [
            self.before.map(Position::Before),
            self.after.map(Position::After),
            self.around.map(Position::Around),
            self.after_seq.map(Position::AfterSeq),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (None, _) => Ok(Position::Newest),
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => {
                let message = "only one of before, after, around and after_seq can be given";
                Err(Failure::field("before", message))
            }
        }
    }
}

/// Read history
///
/// Ascending by `seq`; deleted messages come as tombstones. `has_more` tells of older messages without a cursor and with `before`,
/// else of newer ones. A page is bounded in bytes too: it may be shorter than `limit` although there are more.
#[utoipa::path(
    get, path = "/channels/{channel}/messages", tag = "messages",
    params(("channel" = ChannelId, Path), Cursor),
    responses(
        (status = 200, body = Paged<Message>),
        (status = 400, description = "INVALID_REQUEST", body = ErrorEnvelope),
        (status = 401, description = "UNAUTHENTICATED", body = ErrorEnvelope),
        (status = 403, description = "MISSING_PERMISSION", body = ErrorEnvelope),
        (status = 404, description = "NOT_FOUND: the channel, or the message that the cursor names", body = ErrorEnvelope),
        (status = 429, description = "RATE_LIMITED", body = ErrorEnvelope),
        (status = 503, description = "UNAVAILABLE", body = ErrorEnvelope),
    ),
    security(("session" = [])),
)]
pub(super) async fn list(
    asker: InChannel,
    State(store): State<Store>,
    Query(cursor): Query<Cursor>,
) -> Result<Listed<Message>, Failure> {
    let granted = require::<ReadHistory>(asker.access(), store.now())?;
    let page = Page {
        channel: asker.channel,
        guild: granted.guild(),
        position: cursor.position()?,
        limit: limit(cursor.limit)?,
    };
    let found = store.page(&page).await?;
    Ok(Listed::of(found.data, found.has_more))
}
