use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{self, ScopedJoinHandle};

use kith_store::search::{Document, Refresh, Source};
use kith_store::{Store, StoreError};
use kith_types::MessageId;

use crate::text::document;

/// Fewer messages are not worth another thread.
const LEAST_SHARE: usize = 64;

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

/// What the index keeps of these messages. Of many, each processor works out its share.
pub(super) fn documents(sources: &[Source]) -> Vec<Document> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let share = sources.len().div_ceil(processors).max(LEAST_SHARE);
    let work = |share: &[Source]| -> Vec<Document> {
        let texts = share.iter();
        texts
            .map(|source| document(&source.body, &source.content_types))
            .collect()
    };
    if sources.len() <= share {
        return work(sources);
    }
    thread::scope(|scope| {
        let shares = sources.chunks(share);
        let working: Vec<_> = shares.map(|it| scope.spawn(move || work(it))).collect();
        let done = working.into_iter().map(ScopedJoinHandle::join);
        done.flat_map(|share| share.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}
