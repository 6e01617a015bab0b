use kith_types::{ChannelId, UserId};
use kith_wire::ReadState;

use crate::{StoreError, Work};

/// What an acknowledgement came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    pub state: ReadState,
    /// Whether it was not so before.
    pub changed: bool,
}

/// Notes how far somebody has read a channel, back or forth, within what there is.
pub async fn acknowledge(
    work: &mut Work,
    user: UserId,
    channel: ChannelId,
    seq: i64,
) -> Result<Acknowledged, StoreError> {
    let row = sqlx::query!(
        r#"
        WITH before AS (
            SELECT read_seq FROM read_states WHERE user_id = $1 AND channel_id = $2
        ), noted AS (
            INSERT INTO read_states (user_id, channel_id, read_seq)
            SELECT $1, id, greatest(0, least($3, last_seq)) FROM channels WHERE id = $2
            ON CONFLICT (user_id, channel_id) DO UPDATE SET read_seq = excluded.read_seq
            RETURNING read_seq
        )
        SELECT read_seq, read_seq IS DISTINCT FROM (SELECT read_seq FROM before) AS "changed!",
            (SELECT count(*) FROM mentions WHERE user_id = $1 AND channel_id = $2 AND seq > read_seq)
            + (SELECT count(*) FROM messages
                WHERE channel_id = $2 AND mention_everyone AND seq > read_seq AND author_id <> $1) AS "mention_count!"
        FROM noted
        "#,
        user.uuid(),
        channel.uuid(),
        seq,
    )
    .fetch_optional(work.tx())
    .await?
    .ok_or(StoreError::Gone)?;
    Ok(Acknowledged {
        state: ReadState {
            channel_id: channel,
            read_seq: row.read_seq,
            mention_count: row.mention_count,
        },
        changed: row.changed,
    })
}
