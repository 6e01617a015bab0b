use kith_events::{EventKind, Payload, REV_PLACEHOLDER, SEQ_PLACEHOLDER, Scope, subject};
use kith_policy::{Granted, SendMessage};
use kith_types::{ChannelId, EventId, GuildId, Nonce, RoleId, UserId};
use kith_wire::{Attachment, Message, MessageChange, MessageKind, User};

use crate::{Store, StoreError};

/// A message that somebody may post, with those it may mention.
pub struct NewMessage<'a> {
    pub author: &'a User,
    pub content: &'a str,
    /// With the SHA-256 of the content, to tell a repetition from another text.
    pub nonce: Option<(&'a Nonce, [u8; 32])>,
    /// Members (or the peer of a direct message).
    pub mentions: Vec<UserId>,
    pub mention_roles: Vec<RoleId>,
    pub mention_everyone: bool,
    /// As they were found with the facts, in the order in which they are to be shown.
    pub attachments: Vec<Attachment>,
    /// The two people of a direct message; empty in a guild.
    pub recipients: Vec<UserId>,
}

/// A message that was permitted and only waits for its place in the channel. [`Store::post`] gives it one.
pub struct Draft {
    pub(super) channel: ChannelId,
    pub(super) guild: Option<GuildId>,
    /// What the permission rested on.
    pub(super) access_version: Option<i64>,
    pub(super) scope: Scope,
    pub(super) event: EventId,
    pub(super) message: Message,
    pub(super) payload: Payload,
    pub(super) nonce_hash: Option<[u8; 32]>,
    pub(super) recipients: Vec<UserId>,
    pub(super) traceparent: Option<String>,
}

impl Draft {
    /// The channel that it wants to be in.
    pub fn channel(&self) -> ChannelId {
        self.channel
    }

    pub(super) fn subject(&self) -> String {
        subject(self.scope, EventKind::MessageCreate)
    }
}

impl Store {
    /// Makes everything of a post that needs no place in the channel: ids and the encoded event.
    pub fn draft(
        &self,
        granted: &Granted<SendMessage>,
        new: NewMessage<'_>,
    ) -> Result<Draft, StoreError> {
        let channel = granted.channel().ok_or(StoreError::Gone)?;
        let guild = granted.guild();
        let event: EventId = self.mint()?;
        let message = Message {
            id: self.mint()?,
            channel_id: channel,
            guild_id: guild,
            seq: SEQ_PLACEHOLDER,
            kind: MessageKind::Text,
            author: new.author.clone(),
            content: new.content.to_owned(),
            mentions: new.mentions,
            mention_roles: new.mention_roles,
            mention_everyone: new.mention_everyone,
            attachments: new.attachments,
            created_at: self.now(),
            edited_at: None,
            deleted_at: None,
            nonce: new.nonce.map(|(nonce, _)| nonce.as_str().to_owned()),
        };
        let payload = Payload::encode(&MessageChange {
            event_id: event,
            rev: REV_PLACEHOLDER,
            message: message.clone(),
        })?;
        Ok(Draft {
            channel,
            guild,
            access_version: granted.access_version(),
            scope: guild.map_or(Scope::Direct(channel), |guild| {
                Scope::Channel(guild, channel)
            }),
            event,
            message,
            payload,
            nonce_hash: new.nonce.map(|(_, hash)| hash),
            recipients: new.recipients,
            traceparent: self.traceparent(),
        })
    }
}
