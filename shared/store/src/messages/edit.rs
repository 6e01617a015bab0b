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
}

/// Gives a message another text; the message as it is now. None if there is no such message of this author.
///
/// Who is mentioned only now is not notified, and `mention_everyone` stays as it was: an edit makes no noise.
pub async fn edit(work: &mut Work, edit: &Edit<'_>) -> Result<Option<Message>, StoreError> {
    let now = moment(work.now());
    let mentions: Vec<Uuid> = edit.mentions.iter().map(|user| user.uuid()).collect();
    let roles: Vec<Uuid> = edit.mention_roles.iter().map(|role| role.uuid()).collect();
    let row = sqlx::query_as!(
        MessageRow,
        r#"
        UPDATE messages SET body = $4, mentions = $5, mention_roles = $6, edited_at = $7
        FROM users
        WHERE messages.id = $1 AND channel_id = $2 AND author_id = $3 AND messages.deleted_at IS NULL
            AND users.id = messages.author_id
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
    )
    .fetch_optional(work.tx())
    .await?;
    row.map(|row| row.into_message(edit.guild)).transpose()
}
