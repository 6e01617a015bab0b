use kith_types::{ChannelId, GuildId, MessageId, UserId};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::document::mention;
use crate::{Store, StoreError};

/// So many of the newest messages are looked at one by one before an index is asked. Whatever many messages say is found
/// among them, where an index would first give all of it to be put in order; what few say, the index gives at once.
const WALK: i64 = 12_000;

/// One thing that has to be in the text, or must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub excluded: bool,
    /// Whole words and stems, as a `tsquery` writes them.
    pub words: Option<String>,
    /// A part of a word, as it stands in a document's `folded`.
    pub part: Option<String>,
}

/// What is looked for. Everything has to be true of what is found.
#[derive(Debug, Clone)]
pub struct Search {
    /// None: in a direct message.
    pub guild: Option<GuildId>,
    /// Only in these; who asks has decided that they may be read.
    pub channels: Vec<ChannelId>,
    pub terms: Vec<Term>,
    pub author: Option<UserId>,
    pub mentions: Option<UserId>,
    /// Marks that a document must have.
    pub marks: Vec<String>,
    /// Only messages with a greater id.
    pub after: Uuid,
    /// Only messages with a smaller id.
    pub before: Uuid,
    pub limit: i64,
}

/// The messages that are found, newest first.
pub async fn find(store: &Store, search: &Search) -> Result<Vec<MessageId>, StoreError> {
    if search.channels.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = store.pool().begin().await?;
    // Nobody waits longer for the answer, and the best way to it depends on how rare the words are.
    sqlx::query!(
        r#"
        SELECT set_config('statement_timeout', '4s', true) AS timeout,
            set_config('plan_cache_mode', 'force_custom_plan', true) AS plans
        "#
    )
    .fetch_one(&mut *tx)
    .await?;
    let mut found = search.walk(&mut tx).await?;
    if (found.len() as i64) < search.limit
        && let Some(end) = search.end_of_walk(&mut tx).await?
    {
        let rest = Search {
            before: end,
            limit: search.limit - found.len() as i64,
            ..search.clone()
        };
        found.extend(rest.look_up(&mut tx).await?);
    }
    tx.commit().await?;
    Ok(found.into_iter().map(MessageId::from).collect())
}

impl Search {
    /// Looks at the newest messages one by one.
    async fn walk(&self, connection: &mut PgConnection) -> Result<Vec<Uuid>, StoreError> {
        let mut query = QueryBuilder::new("SELECT message_id FROM (SELECT * ");
        self.push_newest(&mut query);
        query
            .push(" LIMIT ")
            .push_bind(WALK)
            .push(") AS newest WHERE true");
        self.push_conditions(&mut query);
        query
            .push(" ORDER BY message_id DESC LIMIT ")
            .push_bind(self.limit);
        fetch(query, connection).await
    }

    /// Where [`Self::walk`] ended, if there is more behind it.
    async fn end_of_walk(&self, connection: &mut PgConnection) -> Result<Option<Uuid>, StoreError> {
        let mut query = QueryBuilder::new("SELECT message_id ");
        self.push_newest(&mut query);
        query.push(" LIMIT 1 OFFSET ").push_bind(WALK - 1);
        Ok(fetch(query, connection).await?.pop())
    }

    /// Asks the indexes for everything that is left, and takes the newest of it.
    async fn look_up(&self, connection: &mut PgConnection) -> Result<Vec<Uuid>, StoreError> {
        // Without an order inside, nothing tempts the planner to go on walking.
        let mut query = QueryBuilder::new("WITH found AS MATERIALIZED (SELECT message_id ");
        self.push_range(&mut query);
        self.push_conditions(&mut query);
        query
            .push(") SELECT message_id FROM found ORDER BY message_id DESC LIMIT ")
            .push_bind(self.limit);
        fetch(query, connection).await
    }

    /// The messages of where it is looked, newest first, along the index that leaves most of the others out.
    fn push_newest(&self, query: &mut QueryBuilder<Postgres>) {
        self.push_range(query);
        query.push(" ORDER BY message_id DESC");
    }

    fn push_range(&self, query: &mut QueryBuilder<Postgres>) {
        query.push("FROM search_documents WHERE ");
        match (self.author, &self.channels[..], self.guild) {
            (Some(author), ..) => query.push("author_id = ").push_bind(author.uuid()),
            (None, [channel], _) => query.push("channel_id = ").push_bind(channel.uuid()),
            (None, _, Some(guild)) => query.push("guild_id = ").push_bind(guild.uuid()),
            (None, _, None) => query.push("guild_id IS NULL"),
        };
        query.push(" AND message_id > ").push_bind(self.after);
        query.push(" AND message_id < ").push_bind(self.before);
    }

    fn push_conditions(&self, query: &mut QueryBuilder<Postgres>) {
        let channels: Vec<Uuid> = self.channels.iter().map(|channel| channel.uuid()).collect();
        query
            .push(" AND channel_id = ANY(")
            .push_bind(channels)
            .push(")");
        let mut marks = self.marks.clone();
        marks.extend(self.mentions.map(|user| mention(user.uuid())));
        if !marks.is_empty() {
            query.push(" AND marks @> ").push_bind(marks);
        }
        for term in &self.terms {
            query.push(if term.excluded {
                " AND NOT (false"
            } else {
                " AND (false"
            });
            if let Some(words) = &term.words {
                query
                    .push(" OR words @@ ")
                    .push_bind(words.clone())
                    .push("::tsquery");
            }
            if let Some(part) = &term.part {
                // Letters and digits only: nothing in it means something to LIKE.
                query
                    .push(" OR folded LIKE ")
                    .push_bind(format!("%{part}%"));
            }
            query.push(")");
        }
        // What was deleted a moment ago may still stand in the index.
        query.push(
            " AND EXISTS (SELECT FROM messages WHERE messages.id = message_id AND messages.deleted_at IS NULL)",
        );
    }
}

async fn fetch(
    mut query: QueryBuilder<Postgres>,
    connection: &mut PgConnection,
) -> Result<Vec<Uuid>, StoreError> {
    // Not kept: hardly any text of it comes again.
    let query = query.build_query_scalar().persistent(false);
    Ok(query.fetch_all(connection).await?)
}
