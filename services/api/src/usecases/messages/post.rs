use kith_policy::{AttachFiles, ChannelPlace, Granted, SendMessage, require};
use kith_store::messages::{NewMessage, Posted};
use kith_store::{InChannel, Store, StoreError};
use kith_types::{FileId, MessageText, Nonce};
use kith_wire::{Attachment, ChannelKind, CreateMessage, ErrorCode, Message};
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

/// The most attachments of one message.
const MOST_FILES: usize = 10;

/// What a message consists of.
pub(crate) struct Parts {
    /// Empty only where there are files.
    pub(crate) content: String,
    pub(crate) files: Vec<FileId>,
    nonce: Option<Nonce>,
}

impl Parts {
    /// As they came. More files than are allowed are not looked up.
    pub(crate) fn of(body: CreateMessage) -> Self {
        let mut files = body.attachment_ids;
        files.truncate(MOST_FILES + 1);
        Self {
            content: body
                .content
                .map_or_else(String::new, MessageText::into_string),
            files,
            nonce: body.nonce,
        }
    }

    /// Refuses a message of nothing, and one of too much.
    fn check(&self) -> Result<(), Failure> {
        let files = &self.files;
        if self.content.is_empty() && files.is_empty() {
            let message = "is required where there are no attachments";
            return Err(Failure::field("content", message));
        }
        if files.len() > MOST_FILES {
            let message = format!("must have at most {MOST_FILES} items");
            return Err(Failure::field("attachment_ids", message));
        }
        if (1..files.len()).any(|index| files[..index].contains(&files[index])) {
            let message = "must not name a file twice";
            return Err(Failure::field("attachment_ids", message));
        }
        Ok(())
    }

    /// Tells a repetition from another message.
    fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(&self.content);
        for file in &self.files {
            hash.update(file.uuid());
        }
        hash.finalize().into()
    }

    /// The files in their order, as they were found; none if one is not there to be attached.
    fn attachments(&self, found: &InChannel) -> Option<Vec<Attachment>> {
        let find = |id: &FileId| found.files.iter().find(|file| file.id == *id).cloned();
        self.files.iter().map(find).collect()
    }
}

/// Posts a message. Together with the facts it takes two statements.
pub(crate) async fn post(
    store: &Store,
    poster: &Poster,
    found: &InChannel,
    parts: &Parts,
    mentions: &Mentions,
) -> Result<Outcome, Failure> {
    let granted = require::<SendMessage>(found.access.as_ref(), store.now())?;
    if found.kind == Some(ChannelKind::Category) {
        let message = "a category holds no messages";
        return Err(Failure::refused(ErrorCode::InvalidRequest, message));
    }
    let mentions = mentions.permitted(found, &granted);
    parts.check()?;
    let hash = parts.hash();
    if !parts.files.is_empty() {
        require::<AttachFiles>(found.access.as_ref(), store.now())?;
    }
    let Some(attachments) = parts.attachments(found) else {
        // Perhaps by the first request with this nonce.
        return match first(store, &granted, parts, &hash).await? {
            Some(message) => Ok(Outcome::Again(message)),
            None => Err(Failure::field(
                "attachment_ids",
                "names a file that you did not send to this channel, or that is attached already",
            )),
        };
    };
    let new = NewMessage {
        author: &found.actor.user,
        content: &parts.content,
        nonce: parts.nonce.as_ref().map(|nonce| (nonce, hash)),
        mentions: mentions.users,
        mention_roles: mentions.roles,
        mention_everyone: mentions.everyone,
        attachments,
        recipients: match found.access.as_ref().map(|access| &access.place) {
            Some(ChannelPlace::Direct(direct)) => vec![direct.user, direct.peer],
            _ => Vec::new(),
        },
    };
    match poster.post(store.draft(&granted, new)?).await? {
        Posted::New(message) => Ok(Outcome::New(*message)),
        Posted::AccessChanged => Err(StoreError::AccessChanged.into()),
        Posted::NonceSeen => match first(store, &granted, parts, &hash).await? {
            Some(message) => Ok(Outcome::Again(message)),
            // Purged between the two statements: a day has passed.
            None => Err(ErrorCode::Conflict.into()),
        },
    }
}

/// The message that was posted with the nonce first, if there is one.
async fn first(
    store: &Store,
    granted: &Granted<SendMessage>,
    parts: &Parts,
    hash: &[u8; 32],
) -> Result<Option<Message>, Failure> {
    let (Some(nonce), Some(channel)) = (&parts.nonce, granted.channel()) else {
        return Ok(None);
    };
    let first = store
        .message_by_nonce(granted.guild(), granted.user(), channel, nonce)
        .await?;
    match first {
        Some((message, of_first)) if of_first == hash => Ok(Some(message)),
        Some(_) => Err(ErrorCode::NonceReused.into()),
        None => Ok(None),
    }
}
