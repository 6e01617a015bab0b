use kith_events::{Payload, PayloadError};
use kith_types::{ChannelId, MessageId, Timestamp};
use kith_wire::MessageChange;

use crate::columns::moment;
use crate::{StoreError, Work};

/// Takes away what a message says and shows; its tombstone stays. Its `seq`; none if it is not there or was deleted before.
///
/// What it said also goes from the events that are still kept for the stream.
pub async fn delete(
    work: &mut Work,
    channel: ChannelId,
    message: MessageId,
) -> Result<Option<i64>, StoreError> {
    let now = work.now();
    let row = sqlx::query!(
        r#"
        WITH gone AS (
            UPDATE messages SET body = NULL, cipher = NULL, mentions = '{}', mention_roles = '{}',
                mention_everyone = false, deleted_at = $3
            WHERE id = $1 AND channel_id = $2 AND deleted_at IS NULL
            RETURNING seq
        ), unattached AS (
            UPDATE files SET state = 3, purge_at = $3 FROM gone WHERE message_id = $1
        ), unmentioned AS (
            DELETE FROM mentions USING messages, gone
            WHERE messages.id = $1 AND mentions.channel_id = $2 AND mentions.seq = gone.seq
                AND mentions.user_id IN (
                    SELECT unnest(messages.mentions)
                    UNION
                    SELECT members.user_id FROM members JOIN channels ON channels.guild_id = members.guild_id
                    WHERE channels.id = $2 AND members.role_ids && messages.mention_roles
                )
        )
        SELECT seq FROM gone
        "#,
        message.uuid(),
        channel.uuid(),
        moment(now),
    )
    .fetch_optional(work.tx())
    .await?;
    let Some(row) = row else { return Ok(None) };
    scrub(work, channel, message, now).await?;
    Ok(Some(row.seq))
}

/// Empties the copies in the outbox. They stay as events, so that the stream has every rev.
async fn scrub(
    work: &mut Work,
    channel: ChannelId,
    message: MessageId,
    now: Timestamp,
) -> Result<(), StoreError> {
    // What people write cannot look like this: inside a JSON string the quotes would be escaped.
    let mark = format!("\"id\":\"{message}\"");
    let rows = sqlx::query!(
        "SELECT rev, payload FROM outbox WHERE aggregate_id = $1 AND position($2 in payload) > 0",
        channel.uuid(),
        mark,
    )
    .fetch_all(work.tx())
    .await?;
    for row in rows {
        let mut change: MessageChange =
            serde_json::from_str(&row.payload).map_err(PayloadError::from)?;
        change.message.content.clear();
        change.message.mentions.clear();
        change.message.mention_roles.clear();
        change.message.mention_everyone = false;
        change.message.attachments.clear();
        change.message.deleted_at = Some(now);
        let payload = Payload::encode(&change)?;
        sqlx::query!(
            "UPDATE outbox SET payload = $3 WHERE aggregate_id = $1 AND rev = $2",
            channel.uuid(),
            row.rev,
            payload.as_str(),
        )
        .execute(work.tx())
        .await?;
    }
    Ok(())
}
