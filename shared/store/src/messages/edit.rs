use kith_types::{ChannelId, GuildId, MessageId, RoleId, UserId};
use kith_wire::Message;
use uuid::Uuid;

use super::row::{AttachmentsColumn, MessageRow};
use crate::columns::moment;
use crate::{StoreError, Work};

/// A new text for a message of one's own.
pub struct Edit<'a> {
    pub guild: Option<GuildId>,
    pub channel: ChannelId,
    pub message: MessageId,
    pub author: UserId,
    pub content: &'a str,
    pub mentions: &'a [UserId],
    pub mention_roles: &'a [RoleId],
    pub mention_everyone: bool,
}

/// Gives a message another text; the message as it is now. None if there is no such message of this author, or nothing would be
/// left of it.
///
/// Who is mentioned only now is not notified: an edit makes no noise. Who is mentioned no more is not counted any more.
pub async fn edit(work: &mut Work, edit: &Edit<'_>) -> Result<Option<Message>, StoreError> {
    let now = moment(work.now());
    let mentions: Vec<Uuid> = edit.mentions.iter().map(|user| user.uuid()).collect();
    let roles: Vec<Uuid> = edit.mention_roles.iter().map(|role| role.uuid()).collect();
    let row = sqlx::query_as!(
        MessageRow,
        r#"
        WITH unmentioned AS (
            DELETE FROM mentions USING messages
            WHERE messages.id = $1 AND messages.channel_id = $2 AND messages.author_id = $3 AND messages.deleted_at IS NULL
                AND mentions.channel_id = $2 AND mentions.seq = messages.seq AND mentions.user_id <> ALL($5)
                AND NOT EXISTS (
                    SELECT FROM members JOIN channels ON channels.guild_id = members.guild_id
                    WHERE channels.id = $2 AND members.user_id = mentions.user_id AND members.role_ids && $6)
        )
        UPDATE messages SET body = $4, mentions = $5, mention_roles = $6, edited_at = $7,
            mention_everyone = mention_everyone AND $8
        FROM users
        WHERE messages.id = $1 AND channel_id = $2 AND author_id = $3 AND messages.deleted_at IS NULL
            AND users.id = messages.author_id
            AND ($4 <> '' OR EXISTS (SELECT FROM files WHERE files.message_id = messages.id AND files.state IN (1, 2)))
        RETURNING messages.id, channel_id, seq, messages.kind, body, mentions, mention_roles, mention_everyone,
            attachments_of(messages.id) AS "attachments!: AttachmentsColumn",
            messages.created_at, edited_at, messages.deleted_at,
            author_id, username, display_name, users.kind AS user_kind, avatar_id,
            (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        "#,
        edit.message.uuid(),
        edit.channel.uuid(),
        edit.author.uuid(),
        edit.content,
        &mentions,
        &roles,
        now,
        edit.mention_everyone,
    )
    .fetch_optional(work.tx())
    .await?;
    row.map(|row| row.into_message(edit.guild)).transpose()
}
