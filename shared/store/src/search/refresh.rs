use kith_types::MessageId;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::document::{Document, Source, write};
use super::lock;
use crate::{Store, StoreError};

/// Brings what the index has of some messages to how they stand now, in one transaction.
pub struct Refresh {
    tx: Transaction<'static, Postgres>,
    asked: Vec<Uuid>,
    sources: Vec<Source>,
}

impl Refresh {
    /// Reads these messages.
    pub async fn begin(store: &Store, messages: &[MessageId]) -> Result<Self, StoreError> {
        let asked: Vec<Uuid> = messages.iter().map(|message| message.uuid()).collect();
        let mut tx = store.pool().begin().await?;
        lock(&mut tx).await?;
        let rows = sqlx::query!(
            r#"
            SELECT messages.id, channel_id, channels.guild_id, author_id, body AS "body!", mentions,
                ARRAY(SELECT DISTINCT content_type FROM files WHERE message_id = messages.id AND state IN (1, 2)
                    ORDER BY content_type) AS "content_types!"
            FROM messages JOIN channels ON channels.id = messages.channel_id
            LEFT JOIN guilds ON guilds.id = channels.guild_id
            WHERE messages.id = ANY($1) AND body IS NOT NULL AND messages.deleted_at IS NULL
                AND channels.deleted_at IS NULL AND guilds.deleted_at IS NULL
            ORDER BY messages.id
            "#,
            &asked,
        )
        .fetch_all(&mut *tx)
        .await?;
        let sources = rows.into_iter().map(|row| Source {
            id: row.id.into(),
            channel: row.channel_id,
            guild: row.guild_id,
            author: row.author_id,
            body: row.body,
            mentions: row.mentions,
            content_types: row.content_types,
        });
        Ok(Self {
            sources: sources.collect(),
            tx,
            asked,
        })
    }

    /// Those of the messages that can be found: the others are deleted, or where they stood is.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Writes a document for each of [`Self::sources`], in their order, and removes those of the others. Nobody is in the
    /// parking of a message that was refreshed.
    pub async fn finish(mut self, documents: &[Document]) -> Result<(), StoreError> {
        write(&mut self.tx, &self.sources, documents).await?;
        let kept: Vec<Uuid> = self.sources.iter().map(|source| source.id.uuid()).collect();
        sqlx::query!(
            r#"
            WITH unparked AS (DELETE FROM search_parked WHERE message_id = ANY($1))
            DELETE FROM search_documents WHERE message_id = ANY($1) AND message_id <> ALL($2)
            "#,
            &self.asked,
            &kept,
        )
        .execute(&mut *self.tx)
        .await?;
        self.tx.commit().await?;
        Ok(())
    }
}
