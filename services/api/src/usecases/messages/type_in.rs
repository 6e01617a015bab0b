use bytes::Bytes;
use kith_bus::{Bus, SendError};
use kith_events::Ephemeral;
use kith_policy::{ChannelAccess, ChannelPlace, SendMessage, require};
use kith_types::{ChannelId, Timestamp};
use kith_wire::TypingStart;

use crate::Failure;

/// Shows the others that somebody is typing. Nobody is promised to learn of it, so it never fails for the bus.
pub(crate) async fn type_in(
    bus: &Bus,
    now: Timestamp,
    access: Option<&ChannelAccess>,
    channel: ChannelId,
) -> Result<(), Failure> {
    let granted = require::<SendMessage>(access, now)?;
    let recipients = match access.map(|access| &access.place) {
        Some(ChannelPlace::Direct(direct)) => vec![direct.user, direct.peer],
        _ => Vec::new(),
    };
    let about = Ephemeral::Typing {
        guild: granted.guild(),
        channel,
        access_version: granted.access_version(),
        recipients,
    };
    let typing = TypingStart {
        guild_id: granted.guild(),
        channel_id: channel,
        user_id: granted.user(),
    };
    let payload = serde_json::to_vec(&typing).unwrap_or_default();
    match bus.publish_ephemeral(&about, Bytes::from(payload)).await {
        Ok(()) | Err(SendError::Disconnected) => {}
        Err(error) => tracing::warn!(error = %error, "typing could not be shown"),
    }
    Ok(())
}
