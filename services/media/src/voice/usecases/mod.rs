//! What people and moderators do.

mod act;
mod disconnect;
mod join;
mod leave;
mod moderate;
mod update_me;

pub(super) use disconnect::disconnect;
pub(super) use join::{Asker, join};
pub(super) use leave::leave;
pub(super) use moderate::moderate;
pub(super) use update_me::update_me;

use kith_access::Failure;
use kith_events::Aggregate;
use kith_store::voice::Voice as Row;
use kith_store::{Work, voice};
use kith_types::{Timestamp, UserId, VoiceConnectionId};
use kith_wire::{Channel, ErrorCode};

use super::Voice;
use super::sfu::TOKEN;

/// Refuses who would be one too many.
async fn refuse_if_full(work: &mut Work, channel: &Channel, user: UserId) -> Result<(), Failure> {
    let Some(limit) = channel.user_limit else {
        return Ok(());
    };
    let since = on_their_way_since(work.now());
    let others = voice::occupied(work.tx(), channel.id, user, since).await?;
    if others >= i64::from(limit) {
        let message = format!("the channel is full: at most {limit} people may be in it");
        return Err(Failure::refused(ErrorCode::LimitReached, message));
    }
    Ok(())
}

/// Whoever got a token before this is not on their way any more.
pub(super) fn on_their_way_since(now: Timestamp) -> Timestamp {
    now.plus_seconds(-(TOKEN.as_secs() as i64))
}

/// Begins a change of somebody's own connection, if it is still this one.
async fn begin_own(
    at: &Voice,
    user: UserId,
    connection: VoiceConnectionId,
) -> Result<(Work, Row), Failure> {
    let is_this = |row: &Row| row.connection == connection;
    let found = at.store().voice_of(user).await?;
    let found = found.filter(is_this).ok_or_else(Failure::not_found)?;
    let mut work = at.store().begin(&[Aggregate::Guild(found.guild)]).await?;
    let now = work.now();
    // A connection never changes its guild.
    let row = voice::find(work.tx(), user, now).await?;
    let row = row.filter(is_this).ok_or_else(Failure::not_found)?;
    Ok((work, row))
}
