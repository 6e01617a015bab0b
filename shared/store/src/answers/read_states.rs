use std::collections::HashMap;

use kith_wire::ReadState;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;

/// How far these users have read these channels, by user, and how often they are mentioned after that: by what is still there,
/// was said since they came, and not by whom they have blocked. As [`crate::messages::acknowledge`] counts. What was deleted right
/// behind the last that they have read is nothing to read: it counts as read. A channel that somebody has never read and where
/// nobody mentioned them is left out.
pub(super) async fn of_all(
    connection: &mut PgConnection,
    users: &[Uuid],
    channels: &[Uuid],
) -> Result<HashMap<Uuid, Vec<ReadState>>, StoreError> {
    let rows = sqlx::query!(
        r#"
        SELECT reader AS "reader!", channels.id AS "channel_id!", seen.seq AS "read_seq!", unread.mentions AS "mentions!"
        FROM unnest($1::uuid[]) AS reader
        CROSS JOIN channels
        LEFT JOIN members ON members.guild_id = channels.guild_id AND members.user_id = reader
        LEFT JOIN read_states ON read_states.user_id = reader AND read_states.channel_id = channels.id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN coalesce(read_states.read_seq, 0) >= channels.last_seq THEN read_states.read_seq
                ELSE coalesce((SELECT messages.seq - 1 FROM messages
                    WHERE messages.channel_id = channels.id AND messages.seq > coalesce(read_states.read_seq, 0)
                        AND messages.deleted_at IS NULL
                    ORDER BY messages.seq LIMIT 1), channels.last_seq) END AS seq
        ) AS seen
        CROSS JOIN LATERAL (
            SELECT
                (SELECT count(*) FROM mentions JOIN messages USING (channel_id, seq)
                    WHERE user_id = reader AND channel_id = channels.id AND seq > seen.seq AND messages.deleted_at IS NULL AND NOT mention_everyone
                        AND (joined_at IS NULL OR messages.created_at >= joined_at)
                        AND NOT EXISTS (SELECT FROM blocks WHERE blocks.user_id = reader AND blocked_id = author_id))
                + (SELECT count(*) FROM messages
                    WHERE channel_id = channels.id AND mention_everyone AND messages.seq > seen.seq AND author_id <> reader
                        AND (joined_at IS NULL OR messages.created_at >= joined_at)
                        AND NOT EXISTS (SELECT FROM blocks WHERE blocks.user_id = reader AND blocked_id = author_id))
                AS mentions
        ) AS unread
        WHERE channels.id = ANY($2) AND (read_states.read_seq IS NOT NULL OR seen.seq > 0 OR unread.mentions > 0)
        ORDER BY reader, channels.id
        "#,
        users,
        channels,
    )
    .fetch_all(connection)
    .await?;
    let mut found: HashMap<Uuid, Vec<ReadState>> = HashMap::new();
    for row in rows {
        found.entry(row.reader).or_default().push(ReadState {
            channel_id: row.channel_id.into(),
            read_seq: row.read_seq,
            mention_count: row.mentions,
        });
    }
    Ok(found)
}

/// As [`of_all`], for one user.
pub(super) async fn of_one(
    connection: &mut PgConnection,
    user: Uuid,
    channels: &[Uuid],
) -> Result<Vec<ReadState>, StoreError> {
    let mut found = of_all(connection, &[user], channels).await?;
    Ok(found.remove(&user).unwrap_or_default())
}
