use kith_store::search::{Document, Refresh, Source};
use kith_store::{Store, StoreError};
use kith_types::MessageId;

use crate::text::document;

/// Brings what the index has of these messages to how they stand now.
pub(super) async fn refresh(store: &Store, messages: &[MessageId]) -> Result<(), StoreError> {
    if messages.is_empty() {
        return Ok(());
    }
    let refresh = Refresh::begin(store, messages).await?;
    let documents = documents(refresh.sources());
    refresh.finish(&documents).await?;
    metrics::counter!("kith_search_indexed_total").increment(documents.len() as u64);
    Ok(())
}

/// What the index keeps of these messages.
pub(super) fn documents(sources: &[Source]) -> Vec<Document> {
    sources
        .iter()
        .map(|source| document(&source.body, &source.content_types))
        .collect()
}
