use std::borrow::Cow;
use std::collections::HashMap;

use kith_events::{EventKind, Scope};
use kith_types::{ChannelId, MessageId, Timestamp};
use serde_json::{Value, json};

use crate::entry::{Entry, Meaning};
use crate::frame::Dispatch;
use crate::ring::Ring;

/// What was deleted since a place in the stream. What is sent again says of it only that it was there, as the history does.
pub(super) struct Erased(HashMap<ChannelId, HashMap<MessageId, Timestamp>>);

impl Erased {
    pub(super) fn after(ring: &Ring, s: u64) -> Self {
        let mut all: HashMap<ChannelId, HashMap<MessageId, Timestamp>> = HashMap::new();
        for entry in ring.erased_after(s) {
            if let (Some(channel), Meaning::Erased { message, at }) =
                (channel_of(entry), &entry.meaning)
            {
                all.entry(channel).or_default().insert(*message, *at);
            }
        }
        Self(all)
    }

    /// The frame of an event that is sent again; none if it is for gateways only.
    pub(super) fn frame<'a>(&self, entry: &'a Entry) -> Option<Cow<'a, Dispatch>> {
        let frame = entry.frame.as_ref()?;
        let tombstone = channel_of(entry)
            .and_then(|channel| self.0.get(&channel))
            .and_then(|erased| tombstone(entry, frame, erased));
        Some(tombstone.map_or(Cow::Borrowed(frame), Cow::Owned))
    }
}

fn channel_of(entry: &Entry) -> Option<ChannelId> {
    match entry.head.scope {
        Scope::Channel(_, channel) | Scope::Direct(channel) => Some(channel),
        Scope::Guild(_) | Scope::User(_) => None,
    }
}

/// What remains of a message that is among these. Fields that are not known here stay as they are, but for what was said.
fn tombstone(
    entry: &Entry,
    frame: &Dispatch,
    erased: &HashMap<MessageId, Timestamp>,
) -> Option<Dispatch> {
    if !matches!(
        entry.head.kind,
        EventKind::MessageCreate | EventKind::MessageUpdate
    ) {
        return None;
    }
    let mut change: Value = serde_json::from_slice(frame.payload()).ok()?;
    let message = change.get_mut("message")?.as_object_mut()?;
    let id: MessageId = message.get("id")?.as_str()?.parse().ok()?;
    let at = erased.get(&id)?;
    message.insert("content".to_owned(), json!(""));
    message.insert("mention_everyone".to_owned(), json!(false));
    for list in ["mentions", "mention_roles", "attachments"] {
        message.insert(list.to_owned(), json!([]));
    }
    message.insert("deleted_at".to_owned(), json!(at));
    let json = serde_json::to_vec(&change).ok()?;
    Some(Dispatch::encode(frame.kind(), Some(entry.seq), &json))
}
