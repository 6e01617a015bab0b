use kith_types::{ChannelId, GuildId, UserId};
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
            (SELECT count(*) FROM mentions JOIN messages USING (channel_id, seq)
                WHERE user_id = $1 AND channel_id = $2 AND seq > read_seq AND messages.deleted_at IS NULL AND NOT mention_everyone
                    AND (joined_at IS NULL OR messages.created_at >= joined_at)
                    AND NOT EXISTS (SELECT FROM blocks WHERE blocks.user_id = $1 AND blocked_id = author_id))
            + (SELECT count(*) FROM messages
                WHERE channel_id = $2 AND mention_everyone AND seq > read_seq AND author_id <> $1
                    AND (joined_at IS NULL OR messages.created_at >= joined_at)
                    AND NOT EXISTS (SELECT FROM blocks WHERE blocks.user_id = $1 AND blocked_id = author_id))
            AS "mention_count!"
        FROM noted LEFT JOIN (
            SELECT joined_at FROM members JOIN channels ON channels.guild_id = members.guild_id
            WHERE channels.id = $2 AND members.user_id = $1
        ) AS membership ON true
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

/// Notes that people begin to see these channels now: what was said in them before is no news to them, and mentions them
/// in nothing.
pub async fn begin_to_see(
    work: &mut Work,
    users: &[UserId],
    channels: &[ChannelId],
) -> Result<(), StoreError> {
    let users: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    let channels: Vec<_> = channels.iter().map(|channel| channel.uuid()).collect();
    sqlx::query!(
        r#"
        INSERT INTO read_states (user_id, channel_id, read_seq)
        SELECT reader, id, last_seq FROM channels CROSS JOIN unnest($1::uuid[]) AS reader
        WHERE id = ANY($2) AND last_seq > 0
        ON CONFLICT (user_id, channel_id)
        DO UPDATE SET read_seq = greatest(read_states.read_seq, excluded.read_seq)
        "#,
        &users,
        &channels,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}

/// Notes that somebody is back in a guild: what was said while they were away is no news to them.
pub async fn begin_again(work: &mut Work, user: UserId, guild: GuildId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        UPDATE read_states SET read_seq = channels.last_seq FROM channels
        WHERE user_id = $1 AND channels.id = read_states.channel_id AND channels.guild_id = $2
            AND read_seq < channels.last_seq
        "#,
        user.uuid(),
        guild.uuid(),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
