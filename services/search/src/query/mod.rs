//! Finding what somebody asks for.

mod pieces;
mod terms;

use kith_events::rpc::FindMessages;
use kith_store::search::{self, Search};
use kith_store::{Store, StoreError};
use kith_types::Timestamp;
use kith_wire::{FoundMessage, FoundMessages, PAGE_BYTES, SearchMark, json_bytes};
use uuid::Uuid;

use crate::text::{AUDIO, FILE, IMAGE, LANGUAGES, LINK, VIDEO};
use pieces::Highlighter;
use terms::{Asked, asked};

/// A page of the messages that are looked for.
pub(crate) async fn find(
    store: &Store,
    request: &FindMessages,
) -> Result<FoundMessages, StoreError> {
    let asked = asked(&request.content);
    let stems = stems(store, &asked).await?;
    let search = Search {
        guild: request.guild,
        channels: request.channels.clone(),
        terms: asked
            .iter()
            .zip(&stems)
            .map(|(asked, stems)| asked.term(stems))
            .collect(),
        author: request.author,
        mentions: request.mentions,
        marks: request.has.map(mark).into_iter().collect(),
        after: request.after.map_or(Uuid::nil(), first_id),
        before: bound(request),
        // One more tells whether there is a next page.
        limit: request.limit.saturating_add(1),
    };
    let mut found = search::find(store, &search).await?;
    let mut has_more = found.len() as i64 > request.limit;
    found.truncate(request.limit as usize);
    let messages = store.messages(request.guild, &found).await?;
    let highlighter = Highlighter::new(&asked, &stems);
    let pieces = highlighter.pieces(store, &messages).await?;
    let messages = messages.into_iter().zip(pieces);
    let mut messages: Vec<FoundMessage> = messages
        .map(|(message, pieces)| FoundMessage { message, pieces })
        .collect();
    has_more |= shorten(&mut messages);
    let last = messages.last().filter(|_| has_more);
    let next = last.map(|found| found.message.id);
    Ok(FoundMessages { messages, next })
}

/// The stems of each word that is asked for.
async fn stems(store: &Store, asked: &[Asked]) -> Result<Vec<Vec<String>>, StoreError> {
    let words: Vec<String> = asked.iter().map(Asked::stemmed).collect();
    let mut stems = vec![Vec::new(); words.len()];
    if words.iter().any(|word| !word.is_empty()) {
        for (place, stem) in search::stems(store, &words, LANGUAGES).await? {
            stems[place].push(stem);
        }
    }
    Ok(stems)
}

fn mark(has: SearchMark) -> String {
    let mark = match has {
        SearchMark::Link => LINK,
        SearchMark::File => FILE,
        SearchMark::Image => IMAGE,
        SearchMark::Video => VIDEO,
        SearchMark::Audio => AUDIO,
    };
    mark.to_owned()
}

/// The smallest id that could be minted at this moment.
fn first_id(at: Timestamp) -> Uuid {
    Uuid::from_u128((at.millis().max(0) as u128) << 80)
}

/// Only messages with smaller ids are on the page.
fn bound(request: &FindMessages) -> Uuid {
    let before = request.before.map_or(Uuid::max(), first_id);
    request
        .cursor
        .map_or(before, |cursor| before.min(cursor.uuid()))
}

/// Cuts off what would make the answer too large, with all that belongs to a message; whether something was. It is on the next
/// page.
fn shorten(messages: &mut Vec<FoundMessage>) -> bool {
    let mut bytes = 0;
    let fits = messages.iter().take_while(|found| {
        bytes += json_bytes(*found);
        bytes <= PAGE_BYTES
    });
    // One alone always fits: a message is far smaller than an answer may be.
    let fits = fits.count().max(1);
    let is_cut = fits < messages.len();
    messages.truncate(fits);
    is_cut
}
