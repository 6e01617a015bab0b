use kith_store::search::{Document, Refresh, Search, find};
use kith_types::{FileId, MessageId};
use uuid::Uuid;

use crate::place::Place;

impl Place {
    /// Attaches a file to a message that is there.
    async fn attach(&self, message: MessageId, content_type: &str, state: i16) -> FileId {
        let id: FileId = self.store.mint().expect("the database answers");
        sqlx::query(
            "INSERT INTO files (id, purpose, uploader_id, channel_id, message_id, filename, content_type, sha256, state, created_at) \
             SELECT $1, 0, author_id, channel_id, id, 'a', $3, '', $4, created_at FROM messages WHERE id = $2",
        )
        .bind(id.uuid())
        .bind(message.uuid())
        .bind(content_type)
        .bind(state)
        .execute(&self.sql)
        .await
        .expect("the database answers");
        id
    }

    /// Indexes messages, each marked by what is attached to it.
    async fn index(&self, messages: &[MessageId]) -> Vec<Vec<String>> {
        let refresh = Refresh::begin(&self.store, messages)
            .await
            .expect("it answers");
        let types: Vec<_> = refresh
            .sources()
            .iter()
            .map(|it| it.content_types.clone())
            .collect();
        let documents = types.iter().map(|types| Document {
            marks: if types.is_empty() {
                Vec::new()
            } else {
                vec!["file"]
            },
            folded: String::new(),
            places: String::new(),
            stemmed: String::new(),
            languages: ["simple", "simple"],
        });
        let documents: Vec<_> = documents.collect();
        refresh.finish(&documents).await.expect("it answers");
        types
    }

    async fn with_files(&self, limit: i64, before: Uuid) -> Vec<MessageId> {
        let search = Search {
            guild: Some(self.guild),
            channels: vec![self.channel],
            terms: Vec::new(),
            author: None,
            mentions: None,
            marks: vec!["file".to_owned()],
            after: Uuid::nil(),
            before,
            limit,
        };
        find(&self.store, &search).await.expect("it answers")
    }
}

#[tokio::test]
async fn the_index_reads_what_is_attached_as_it_stands_and_its_pages_are_full() {
    let place = Place::new().await;
    let (mut all, mut attached) = (Vec::new(), Vec::new());
    for index in 0..12 {
        let message = place.post(place.ada, "tea").await.id;
        if index % 3 == 0 {
            place.attach(message, "image/png", 1).await;
            // Twice the same kind is one; what is not complete or gone is none.
            place.attach(message, "image/png", 2).await;
            place.attach(message, "audio/ogg", 2).await;
            place.attach(message, "video/webm", 3).await;
            attached.push(message);
        }
        all.push(message);
    }
    let types = place.index(&all).await;
    assert_eq!(types.iter().filter(|it| !it.is_empty()).count(), 4);
    assert_eq!(types[0], ["audio/ogg", "image/png"]);
    attached.reverse();
    let first = place.with_files(3, Uuid::max()).await;
    assert_eq!(first, attached[..3]);
    assert_eq!(place.with_files(3, first[2].uuid()).await, attached[3..]);

    sqlx::query("UPDATE files SET state = 3 WHERE message_id = $1")
        .bind(attached[0].uuid())
        .execute(&place.sql)
        .await
        .expect("the database answers");
    place.index(&attached).await;
    assert_eq!(place.with_files(9, Uuid::max()).await, attached[1..]);
}
