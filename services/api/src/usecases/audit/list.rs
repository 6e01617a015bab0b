use std::collections::HashSet;

use kith_policy::{Denied, MemberFacts, ViewAuditLog, require_in_guild};
use kith_store::{Store, audit, channels};
use kith_types::{AuditEntryId, ChannelId, GuildId};
use kith_wire::{AuditAction, AuditEntry};
use serde_json::json;

use crate::Failure;
use crate::usecases::channels::may_view;

/// A page of the guild's audit log, newest first.
///
/// An act on a channel that the reader may not view (or might not have, when it was deleted) stays in the log, but
/// without what it was done to: that somebody did something is no secret, the channel is.
pub(crate) async fn list(
    store: &Store,
    guild: GuildId,
    member: Option<MemberFacts>,
    before: Option<AuditEntryId>,
    limit: i64,
) -> Result<Vec<AuditEntry>, Failure> {
    let now = store.now();
    require_in_guild::<ViewAuditLog>(member.as_ref(), now)?;
    let member = member.ok_or(Denied::Hidden)?;
    let mut connection = store.connection().await?;
    let mut entries = audit::list(&mut connection, guild, before, limit).await?;
    let mentioned: Vec<_> = entries.iter().flat_map(channels_of).collect();
    let known = channels::find_any(&mut connection, guild, &mentioned).await?;
    let visible: HashSet<_> = known
        .iter()
        .filter(|channel| may_view(&member, channel, now))
        .map(|channel| channel.id)
        .collect();
    for entry in &mut entries {
        if !channels_of(entry)
            .iter()
            .all(|channel| visible.contains(channel))
        {
            entry.target_id = None;
            entry.changes = json!({});
        }
    }
    Ok(entries)
}

/// The channels that an entry tells of: what it was done to, where that was, or a category.
fn channels_of(entry: &AuditEntry) -> Vec<ChannelId> {
    let target = match entry.action {
        AuditAction::ChannelCreate
        | AuditAction::ChannelUpdate
        | AuditAction::ChannelDelete
        | AuditAction::OverwritePut
        | AuditAction::OverwriteDelete => entry.target_id.as_deref(),
        _ => None,
    };
    let fields = ["parent_id", "channel_id"].into_iter().flat_map(|field| {
        let value = &entry.changes[field];
        [value, &value["old"], &value["new"]].map(|value| value.as_str())
    });
    std::iter::once(target)
        .chain(fields)
        .flatten()
        .filter_map(|id| id.parse().ok())
        .collect()
}
