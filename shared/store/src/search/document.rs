use kith_types::MessageId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;

/// A message that can be found, as it stands now.
#[derive(Debug, Clone)]
pub struct Source {
    pub id: MessageId,
    pub(super) channel: Uuid,
    pub(super) guild: Option<Uuid>,
    pub(super) author: Uuid,
    pub body: String,
    pub(super) mentions: Vec<Uuid>,
    /// What its attachments are, each kind once.
    pub content_types: Vec<String>,
}

/// What the index keeps of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What filters ask for besides people: words without spaces, such as `link`.
    pub marks: Vec<&'static str>,
    /// Words without case and accents, with spaces between them.
    pub folded: String,
    /// The words with their places, as Postgres writes a `tsvector`.
    pub places: String,
    /// The text of which stems are made.
    pub stemmed: String,
    /// The text search configurations that make them; the same twice does no harm.
    pub languages: [&'static str; 2],
}

/// The mark of a message that mentions somebody.
pub(super) fn mention(user: Uuid) -> String {
    format!("@{user}")
}

/// Writes or replaces the documents of these messages; those that are as they were are left alone.
pub(super) async fn write(
    connection: &mut PgConnection,
    sources: &[Source],
    documents: &[Document],
) -> Result<(), StoreError> {
    let pairs = || sources.iter().zip(documents);
    let column = |of: fn(&Source) -> Uuid| sources.iter().map(of).collect::<Vec<_>>();
    let text = |of: fn(&Document) -> &str| documents.iter().map(of).collect::<Vec<_>>();
    let guilds: Vec<Option<Uuid>> = sources.iter().map(|source| source.guild).collect();
    let marks = pairs().map(|(source, document)| {
        let mentions = source.mentions.iter().copied().map(mention);
        let marks = document.marks.iter().map(|mark| (*mark).to_owned());
        marks.chain(mentions).collect::<Vec<_>>().join(" ")
    });
    let marks: Vec<String> = marks.collect();
    sqlx::query!(
        r#"
        INSERT INTO search_documents AS old (message_id, channel_id, guild_id, author_id, marks, folded, words)
        SELECT message_id, channel_id, guild_id, author_id, string_to_array(marks, ' '), folded,
            places::tsvector || strip(to_tsvector(language::regconfig, stemmed))
                || CASE WHEN other = language THEN '' ELSE strip(to_tsvector(other::regconfig, stemmed)) END
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[])
            AS new (message_id, channel_id, guild_id, author_id, marks, folded, places, stemmed, language, other)
        ON CONFLICT (message_id) DO UPDATE SET channel_id = excluded.channel_id, guild_id = excluded.guild_id,
            author_id = excluded.author_id, marks = excluded.marks, folded = excluded.folded, words = excluded.words
        WHERE (old.channel_id, old.guild_id, old.author_id, old.marks, old.folded, old.words) IS DISTINCT FROM
            (excluded.channel_id, excluded.guild_id, excluded.author_id, excluded.marks, excluded.folded, excluded.words)
        "#,
        &column(|source| source.id.uuid()),
        &column(|source| source.channel),
        &guilds as &[Option<Uuid>],
        &column(|source| source.author),
        &marks,
        &text(|document| &document.folded) as &[&str],
        &text(|document| &document.places) as &[&str],
        &text(|document| &document.stemmed) as &[&str],
        &text(|document| document.languages[0]) as &[&str],
        &text(|document| document.languages[1]) as &[&str],
    )
    .execute(connection)
    .await?;
    Ok(())
}
