use kith_events::{Aggregate, EventKind, Scope};
use kith_policy::{ReadHistory, SendMessage, require};
use kith_store::{InChannel, Store, messages};
use kith_types::{ChannelId, GuildId, MessageId, MessageText};
use kith_wire::{EditMessage, ErrorCode, Message, MessageChange};

use super::mentions::Mentions;
use crate::Failure;
use crate::outbox::Publisher;

/// Where the events of a channel's messages go.
pub(super) fn scope(guild: Option<GuildId>, channel: ChannelId) -> Scope {
    guild.map_or(Scope::Direct(channel), |guild| {
        Scope::Channel(guild, channel)
    })
}

/// Gives a message of one's own another text.
pub(crate) async fn edit(
    store: &Store,
    publisher: &Publisher,
    found: &InChannel,
    channel: ChannelId,
    message: MessageId,
    body: &EditMessage,
    mentions: &Mentions,
) -> Result<Message, Failure> {
    let granted = require::<SendMessage>(found.access.as_ref(), store.now())?;
    let mentions = mentions.permitted(found, &granted);
    let mut work = store.begin(&[Aggregate::Channel(channel)]).await?;
    work.require_unchanged(&granted)?;
    let edit = messages::Edit {
        guild: granted.guild(),
        channel,
        message,
        author: granted.user(),
        content: body.content.as_ref().map_or("", MessageText::as_str),
        mentions: &mentions.users,
        mention_roles: &mentions.roles,
        mention_everyone: mentions.everyone,
    };
    let edited = messages::edit(&mut work, &edit).await?;
    let Some(edited) = edited else {
        drop(work);
        let is_emptied = body.content.is_none();
        return Err(refusal(store, found, channel, message, is_emptied).await?);
    };
    work.emit(
        scope(granted.guild(), channel),
        EventKind::MessageUpdate,
        |event_id, rev| MessageChange {
            event_id,
            rev,
            message: edited.clone(),
        },
    )?;
    publisher.publish(work.commit().await?);
    Ok(edited)
}

/// Why nothing was edited. Only who may read the message learns that it is another's.
async fn refusal(
    store: &Store,
    found: &InChannel,
    channel: ChannelId,
    message: MessageId,
    is_emptied: bool,
) -> Result<Failure, Failure> {
    let Ok(reader) = require::<ReadHistory>(found.access.as_ref(), store.now()) else {
        return Ok(Failure::not_found());
    };
    let there = store.message(reader.guild(), channel, message).await?;
    Ok(match there.filter(|message| message.deleted_at.is_none()) {
        Some(message) if is_emptied && message.author.id == reader.user() => {
            Failure::field("content", "must not be empty where there are no files")
        }
        Some(_) => Failure::refused(
            ErrorCode::MissingPermission,
            "only its author may edit a message",
        ),
        None => Failure::not_found(),
    })
}
