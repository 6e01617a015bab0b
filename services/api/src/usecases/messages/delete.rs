use kith_events::{Aggregate, EventKind};
use kith_policy::{ChannelAccess, ManageMessages, ViewChannel, require};
use kith_store::{Store, messages};
use kith_types::{ChannelId, MessageId};
use kith_wire::{AuditAction, MessageDelete};

use super::edit::scope;
use crate::Failure;
use crate::outbox::Publisher;

/// Deletes a message: one's own, or with `MANAGE_MESSAGES` anybody's, which the audit log notes. Its tombstone stays.
pub(crate) async fn delete(
    store: &Store,
    publisher: &Publisher,
    access: Option<ChannelAccess>,
    channel: ChannelId,
    message: MessageId,
) -> Result<(), Failure> {
    let now = store.now();
    let reader = require::<ViewChannel>(access.as_ref(), now)?;
    let found = store.message(reader.guild(), channel, message).await?;
    let found = found.ok_or_else(Failure::not_found)?;
    let is_own = found.author.id == reader.user();
    if !is_own {
        require::<ManageMessages>(access.as_ref(), now)?;
    }
    let mut work = store.begin(&[Aggregate::Channel(channel)]).await?;
    work.require_unchanged(&reader)?;
    let deleted = messages::delete(&mut work, channel, message).await?;
    let seq = deleted.ok_or_else(Failure::not_found)?;
    let deleted_at = work.now();
    work.emit(
        scope(reader.guild(), channel),
        EventKind::MessageDelete,
        |event_id, rev| MessageDelete {
            event_id,
            rev,
            guild_id: reader.guild(),
            channel_id: channel,
            message_id: message,
            seq,
            deleted_at,
        },
    )?;
    if let (false, Some(guild)) = (is_own, reader.guild()) {
        let changes = serde_json::json!({"channel_id": channel, "author_id": found.author.id});
        let target = Some(message.uuid());
        work.audit(
            guild,
            reader.user(),
            AuditAction::MessageDelete,
            target,
            changes,
            None,
        )
        .await?;
    }
    publisher.publish(work.commit().await?);
    Ok(())
}
