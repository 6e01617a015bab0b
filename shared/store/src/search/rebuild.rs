use kith_types::MessageId;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::document::{Document, Source, write};
use super::lock;
use crate::{Store, StoreError};

/// How far a rebuild has come, in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// Orders that everything that was posted until now is indexed anew, from the oldest message on. Whoever runs takes the
/// next step ([`Rebuild::next`]), any number of processes one after the other. Where one is under way it goes on,
/// unless it is to begin `again`.
pub async fn begin_rebuild(store: &Store, again: bool) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        UPDATE search_state SET
            rebuild_after = CASE WHEN rebuild_through IS NULL OR $2 THEN $1 ELSE rebuild_after END,
            rebuild_through = greatest(rebuild_through, (SELECT id FROM messages ORDER BY id DESC LIMIT 1))
        WHERE id = 0
        "#,
        Uuid::nil(),
        again,
    )
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Orders a rebuild if the index was made by rules older than `form`: what is looked for by new rules would not be found.
pub async fn require_form(store: &Store, form: i16) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        UPDATE search_state SET
            form = $1, rebuild_after = $2,
            rebuild_through = (SELECT id FROM messages ORDER BY id DESC LIMIT 1)
        WHERE id = 0 AND form < $1
        "#,
        form,
        Uuid::nil(),
    )
    .execute(store.pool())
    .await?;
    Ok(())
}

/// How far the rebuild has come; none if there is none.
pub async fn progress(store: &Store) -> Result<Option<Progress>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT count(*) FILTER (WHERE messages.id <= rebuild_after) AS "done!", count(*) AS "total!"
        FROM search_state JOIN messages ON messages.id <= rebuild_through
        WHERE search_state.id = 0
        "#,
    )
    .fetch_one(store.pool())
    .await?;
    Ok((row.total > 0).then_some(Progress {
        done: row.done as u64,
        total: row.total as u64,
    }))
}

/// One step of a rebuild, in one transaction.
pub struct Rebuild {
    tx: Transaction<'static, Postgres>,
    after: Uuid,
    /// The last message of the step; of the last step, the end of the rebuild.
    last: Uuid,
    is_last: bool,
    messages: Vec<MessageId>,
    sources: Vec<Source>,
}

/// Which step it is.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    after: Uuid,
    last: Option<Uuid>,
}

impl Rebuild {
    /// The next step with at most `limit` messages; none if nothing is to be rebuilt (any more).
    pub async fn next(store: &Store, limit: i64) -> Result<Option<Self>, StoreError> {
        let mut tx = store.pool().begin().await?;
        lock(&mut tx).await?;
        let state =
            sqlx::query!("SELECT rebuild_after, rebuild_through FROM search_state WHERE id = 0")
                .fetch_one(&mut *tx)
                .await?;
        let (Some(after), Some(through)) = (state.rebuild_after, state.rebuild_through) else {
            return Ok(None);
        };
        let rows = sqlx::query!(
            r#"
            SELECT messages.id, channel_id, channels.guild_id AS "guild_id?", author_id, body, mentions,
                ARRAY(SELECT DISTINCT content_type FROM files WHERE message_id = messages.id AND state IN (1, 2)
                    ORDER BY content_type) AS "content_types!",
                (messages.deleted_at IS NULL AND channels.deleted_at IS NULL AND guilds.deleted_at IS NULL) AS "there!"
            FROM messages JOIN channels ON channels.id = messages.channel_id
            LEFT JOIN guilds ON guilds.id = channels.guild_id
            WHERE messages.id > $1 AND messages.id <= $2
            ORDER BY messages.id LIMIT $3
            "#,
            after,
            through,
            limit,
        )
        .fetch_all(&mut *tx)
        .await?;
        let messages: Vec<MessageId> = rows.iter().map(|row| row.id.into()).collect();
        let is_last = (rows.len() as i64) < limit;
        let last = rows.last().filter(|_| !is_last);
        let last = last.map_or(through, |row| row.id);
        let sources = rows.into_iter().filter_map(|row| {
            Some(Source {
                id: row.id.into(),
                channel: row.channel_id,
                guild: row.guild_id,
                author: row.author_id,
                body: row.body.filter(|_| row.there)?,
                mentions: row.mentions,
                content_types: row.content_types,
            })
        });
        Ok(Some(Self {
            sources: sources.collect(),
            tx,
            after,
            last,
            is_last,
            messages,
        }))
    }

    /// The messages of the step that can be found.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Writes a document for each of [`Self::sources`], in their order, removes what else the index has between the first and the
    /// last, and notes how far it has come. How many messages it was.
    pub async fn finish(mut self, documents: &[Document]) -> Result<u64, StoreError> {
        write(&mut self.tx, &self.sources, documents).await?;
        let kept: Vec<Uuid> = self.sources.iter().map(|source| source.id.uuid()).collect();
        sqlx::query!(
            r#"
            WITH unparked AS (DELETE FROM search_parked WHERE message_id > $1 AND message_id <= $2)
            DELETE FROM search_documents WHERE message_id > $1 AND message_id <= $2 AND message_id <> ALL($3)
            "#,
            self.after,
            self.last,
            &kept,
        )
        .execute(&mut *self.tx)
        .await?;
        let step = self.step();
        advance(&mut self.tx, step).await?;
        self.tx.commit().await?;
        Ok(self.messages.len() as u64)
    }

    /// All messages of the step.
    pub fn messages(&self) -> &[MessageId] {
        &self.messages
    }

    /// Which step it is, for [`pass`].
    pub fn step(&self) -> Step {
        Step {
            after: self.after,
            last: (!self.is_last).then_some(self.last),
        }
    }
}

/// Passes a step over whose messages were refreshed one by one, unless somebody else has taken it meanwhile.
pub async fn pass(store: &Store, step: Step) -> Result<(), StoreError> {
    let mut connection = store.connection().await?;
    advance(&mut connection, step).await
}

async fn advance(connection: &mut PgConnection, step: Step) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE search_state SET rebuild_after = $2, rebuild_through = CASE WHEN $2::uuid IS NULL THEN NULL ELSE rebuild_through END WHERE id = 0 AND rebuild_after = $1",
        step.after,
        step.last,
    )
    .execute(connection)
    .await?;
    Ok(())
}
