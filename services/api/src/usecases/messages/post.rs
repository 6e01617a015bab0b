use kith_policy::{ChannelPlace, Granted, SendMessage, require};
use kith_store::messages::{NewMessage, Posted};
use kith_store::{InChannel, Store, StoreError};
use kith_wire::{ChannelKind, CreateMessage, ErrorCode, Message};
use sha2::{Digest, Sha256};

use super::mentions::Mentions;
use crate::Failure;
use crate::posting::Poster;

/// What became of a post.
pub(crate) enum Outcome {
    New(Message),
    /// The nonce was used before, for the same text: this is the first message.
    Again(Message),
}

/// Posts a message. Together with the facts it takes two statements.
pub(crate) async fn post(
    store: &Store,
    poster: &Poster,
    found: &InChannel,
    body: &CreateMessage,
    mentions: &Mentions,
) -> Result<Outcome, Failure> {
    let granted = require::<SendMessage>(found.access.as_ref(), store.now())?;
    if found.kind == Some(ChannelKind::Category) {
        let message = "a category holds no messages";
        return Err(Failure::refused(ErrorCode::InvalidRequest, message));
    }
    let mentions = mentions.permitted(found, &granted);
    let content = body.content.as_str();
    let hash: [u8; 32] = Sha256::digest(content).into();
    let new = NewMessage {
        author: &found.actor.user,
        content,
        nonce: body.nonce.as_ref().map(|nonce| (nonce, hash)),
        mentions: mentions.users,
        mention_roles: mentions.roles,
        mention_everyone: mentions.everyone,
        recipients: match found.access.as_ref().map(|access| &access.place) {
            Some(ChannelPlace::Direct(direct)) => vec![direct.user, direct.peer],
            _ => Vec::new(),
        },
    };
    match poster.post(store.draft(&granted, new)?).await? {
        Posted::New(message) => Ok(Outcome::New(*message)),
        Posted::AccessChanged => Err(StoreError::AccessChanged.into()),
        Posted::NonceSeen => first(store, &granted, body, &hash).await,
    }
}

/// The message that was posted with the nonce first.
async fn first(
    store: &Store,
    granted: &Granted<SendMessage>,
    body: &CreateMessage,
    hash: &[u8; 32],
) -> Result<Outcome, Failure> {
    let (Some(nonce), Some(channel)) = (&body.nonce, granted.channel()) else {
        return Err(Failure::not_found());
    };
    let first = store
        .message_by_nonce(granted.guild(), granted.user(), channel, nonce)
        .await?;
    match first {
        Some((message, of_first)) if of_first == hash => Ok(Outcome::Again(message)),
        Some(_) => Err(ErrorCode::NonceReused.into()),
        // Purged between the two statements: a day has passed.
        None => Err(ErrorCode::Conflict.into()),
    }
}
