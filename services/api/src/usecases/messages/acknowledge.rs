use kith_events::{Aggregate, EventKind, Scope};
use kith_policy::{ChannelAccess, ViewChannel, require};
use kith_store::{Store, messages};
use kith_types::ChannelId;
use kith_wire::{Acknowledge, ReadState, ReadStateUpdate};

use crate::Failure;
use crate::outbox::Publisher;

/// Notes how far somebody has read a channel, and tells their other devices.
pub(crate) async fn acknowledge(
    store: &Store,
    publisher: &Publisher,
    access: Option<ChannelAccess>,
    channel: ChannelId,
    body: &Acknowledge,
) -> Result<ReadState, Failure> {
    let user = require::<ViewChannel>(access.as_ref(), store.now())?.user();
    let mut work = store.begin(&[Aggregate::User(user)]).await?;
    let noted = messages::acknowledge(&mut work, user, channel, body.seq).await?;
    if noted.changed {
        let read_state = noted.state.clone();
        work.emit(
            Scope::User(user),
            EventKind::ReadStateUpdate,
            |event_id, rev| ReadStateUpdate {
                event_id,
                rev,
                read_state,
            },
        )?;
    }
    publisher.publish(work.commit().await?);
    Ok(noted.state)
}
