use std::time::Duration;

use kith_events::{Aggregate, EventKind, Scope};
use kith_http::ApiError;
use kith_policy::Denied;
use kith_store::directs::{self, NewDirect, Standing};
use kith_store::{Actor, Store};
use kith_types::{ChannelId, LimitKey, Limiter, Quota, UserId};
use kith_wire::{Channel, ChannelChange, ChannelKind};

use crate::Failure;
use crate::outbox::Publisher;

/// New direct messages that one person begins: a hello to everybody on the first evening, and no list of addresses.
const NEW: Quota = Quota::new(30, Duration::from_hours(1));

/// Opens the direct message with somebody who is in one of one's guilds. Whether it is new; two who open it at once get the same.
///
/// Who shares no guild with them is answered as if they did not exist, unless the two have talked before.
pub(crate) async fn open(
    store: &Store,
    publisher: &Publisher,
    limiter: &dyn Limiter,
    actor: &Actor,
    peer: UserId,
) -> Result<(Channel, bool), Failure> {
    let own = actor.user.id;
    if own == peer {
        return Err(Failure::field("recipient_id", "must be somebody else"));
    }
    // Both rows are locked, in an order that does not depend on who asks.
    let mut work = store
        .begin(&[Aggregate::User(own), Aggregate::User(peer)])
        .await?;
    let standing = directs::standing_locked(&mut work, own, peer).await?;
    let standing = standing.ok_or_else(Failure::not_found)?;
    if standing.channel.is_none() && !standing.share_guild {
        return Err(Failure::not_found());
    }
    if standing.blocked {
        return Err(Denied::Blocked.into());
    }
    if let Some(channel) = standing.channel {
        drop(work);
        let found = directs::find(store, own, channel).await?;
        return Ok((found.ok_or_else(Failure::not_found)?, false));
    }
    // Only now: who is refused, or goes on with an old one, uses nothing up.
    if !actor.unlimited {
        let decision = limiter.take(&LimitKey::new("direct", own), NEW, 1).await;
        if !decision.allowed {
            return Err(ApiError::rate_limited(decision).into());
        }
    }
    let new = NewDirect {
        channel: work.mint()?,
        one: own,
        other: peer,
        at: work.now(),
    };
    directs::create(&mut work, &new).await?;
    let channel = described(new.channel, &standing, &work);
    for (user, seen) in [(own, channel.clone()), (peer, turned(channel.clone()))] {
        work.emit(
            Scope::User(user),
            EventKind::ChannelCreate,
            |event_id, rev| ChannelChange {
                event_id,
                rev,
                channel: seen,
            },
        )?;
    }
    publisher.publish(work.commit().await?);
    Ok((channel, true))
}

fn described(id: ChannelId, standing: &Standing, work: &kith_store::Work) -> Channel {
    Channel {
        id,
        guild_id: None,
        kind: ChannelKind::Direct,
        name: String::new(),
        topic: String::new(),
        position: 0,
        parent_id: None,
        user_limit: None,
        overwrites: Vec::new(),
        recipients: vec![standing.own.clone(), standing.peer.clone()],
        last_seq: 0,
        last_message_id: None,
        created_at: work.now(),
    }
}

/// As the other of the two sees it: each is the first of the recipients to themselves.
fn turned(mut channel: Channel) -> Channel {
    channel.recipients.reverse();
    channel
}
