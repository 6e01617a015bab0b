use kith_bus::Followed;
use kith_events::{EventKind, Scope};
use kith_store::search::Place;
use kith_types::MessageId;
use serde::Deserialize;

/// What an event means to the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This message is new, or not what it was.
    Message(MessageId),
    /// Everything there is gone.
    Gone(Place),
    /// Nothing.
    Nothing,
}

impl Meaning {
    /// The message that it is about.
    pub(super) fn message(&self) -> Option<MessageId> {
        match self {
            Self::Message(message) => Some(*message),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Named {
    id: MessageId,
}

#[derive(Deserialize)]
struct Changed {
    message: Named,
}

#[derive(Deserialize)]
struct Deleted {
    message_id: MessageId,
}

/// Reads an event. What it says of the message does not count, only which one it is of.
pub(super) fn meaning(event: &Followed) -> Meaning {
    let Some(head) = &event.head else {
        return Meaning::Nothing;
    };
    let read = match (head.kind, head.scope) {
        (EventKind::MessageCreate | EventKind::MessageUpdate, _) => {
            serde_json::from_slice(&event.payload)
                .map(|Changed { message }| Meaning::Message(message.id))
        }
        (EventKind::MessageDelete, _) => serde_json::from_slice(&event.payload)
            .map(|Deleted { message_id }| Meaning::Message(message_id)),
        (EventKind::ChannelDelete, Scope::Channel(_, channel)) => {
            Ok(Meaning::Gone(Place::Channel(channel)))
        }
        (EventKind::GuildDelete, Scope::Guild(guild)) => Ok(Meaning::Gone(Place::Guild(guild))),
        _ => Ok(Meaning::Nothing),
    };
    read.unwrap_or_else(|error| {
        // Only another program than ours can have written it; a rebuild does not need it.
        tracing::error!(event.id = %head.id, error = %error, "an event cannot be read; run `kith admin reindex`");
        Meaning::Nothing
    })
}
