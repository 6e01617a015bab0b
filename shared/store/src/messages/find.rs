use kith_types::{ChannelId, GuildId, MessageId, Nonce, UserId};
use kith_wire::{Message, User};
use sqlx::PgConnection;
use uuid::Uuid;

use super::row::{AttachmentsColumn, MessageRow};
use crate::columns::user;
use crate::{Store, StoreError};

impl Store {
    /// One message of a channel (which is in `guild`), or its tombstone.
    pub async fn message(
        &self,
        guild: Option<GuildId>,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        find(&mut *self.connection().await?, guild, channel, message).await
    }

    /// Those of these messages (which are in `guild`) that are not deleted, newest first.
    pub async fn messages(
        &self,
        guild: Option<GuildId>,
        messages: &[MessageId],
    ) -> Result<Vec<Message>, StoreError> {
        let ids: Vec<Uuid> = messages.iter().map(|message| message.uuid()).collect();
        let rows = sqlx::query_as!(
            MessageRow,
            r#"
            SELECT messages.id, channel_id, seq, messages.kind, body, mentions, mention_roles, mention_everyone,
                attachments_of(messages.id) AS "attachments!: AttachmentsColumn",
                messages.created_at, edited_at, messages.deleted_at,
                author_id, username, display_name, users.kind AS user_kind, avatar_id,
                (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
            FROM messages JOIN users ON users.id = messages.author_id
            WHERE messages.id = ANY($1) AND messages.deleted_at IS NULL
            ORDER BY messages.id DESC LIMIT $2
            "#,
            &ids,
            ids.len() as i64,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|row| row.into_message(guild))
            .collect()
    }

    /// The people whom a message of a channel mentions, wherever they are now.
    pub async fn mentioned(
        &self,
        channel: ChannelId,
        message: MessageId,
    ) -> Result<Vec<User>, StoreError> {
        let rows = sqlx::query!(
            r#"
            SELECT users.id, users.username, users.display_name, users.kind, users.avatar_id,
                (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
            FROM messages JOIN users ON users.id = ANY(messages.mentions)
            WHERE messages.id = $1 AND messages.channel_id = $2
            ORDER BY users.id
            "#,
            message.uuid(),
            channel.uuid(),
        )
        .fetch_all(self.pool())
        .await?;
        let users = rows.into_iter().map(|row| {
            user(
                row.id,
                row.username,
                row.display_name,
                row.kind,
                row.home,
                row.avatar_id,
            )
        });
        users.collect()
    }

    /// The message that was first posted with a nonce, and the hash of what it said.
    pub async fn message_by_nonce(
        &self,
        guild: Option<GuildId>,
        author: UserId,
        channel: ChannelId,
        nonce: &Nonce,
    ) -> Result<Option<(Message, Vec<u8>)>, StoreError> {
        let row = sqlx::query!(
            "SELECT message_id, body_hash FROM message_nonces WHERE author_id = $1 AND channel_id = $2 AND nonce = $3",
            author.uuid(),
            channel.uuid(),
            nonce.as_str(),
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let message = self.message(guild, channel, row.message_id.into()).await?;
        Ok(message.map(|message| (message, row.body_hash)))
    }
}

/// As [`Store::message`], on a connection of the caller's.
pub(crate) async fn find(
    connection: &mut PgConnection,
    guild: Option<GuildId>,
    channel: ChannelId,
    message: MessageId,
) -> Result<Option<Message>, StoreError> {
    let row = sqlx::query_as!(
        MessageRow,
        r#"
        SELECT messages.id, channel_id, seq, messages.kind, body, mentions, mention_roles, mention_everyone,
            attachments_of(messages.id) AS "attachments!: AttachmentsColumn",
            messages.created_at, edited_at, messages.deleted_at,
            author_id, username, display_name, users.kind AS user_kind, avatar_id,
            (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
        FROM messages JOIN users ON users.id = messages.author_id
        WHERE messages.id = $1 AND channel_id = $2
        "#,
        message.uuid(),
        channel.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| row.into_message(guild)).transpose()
}
