//! Compares LiveKit's rooms with the database: whatever was not told, was told too late or could not be done is found here.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use kith_events::Aggregate;
use kith_store::voice::Voice as Row;
use kith_store::{StoreError, voice};
use kith_types::{ChannelId, GuildId, Timestamp, VoiceConnectionId};
use tokio_util::sync::CancellationToken;

use super::enforce::{EnforceError, Kept};
use super::sfu::Participant;
use super::tell::tell_gone;
use super::usecases::on_their_way_since;
use super::webhooks::{REMEMBERED_SECONDS, connect};
use super::{Voice, identity_of};

/// One process at a time compares.
const LEASE: &str = "voice_reconciler";
const LEASE_SECONDS: i64 = 20;
/// How often.
const ROUND: Duration = Duration::from_secs(3);
/// Somebody who is in the database but not in their room is given this long: LiveKit was asked a moment before.
const GRACE_SECONDS: i64 = 3;
/// How long a device may take to follow when it was moved.
const MOVING_SECONDS: i64 = 20;
/// When LiveKit has not answered for this long, nobody is taken to be in voice any more.
const LOST: Duration = Duration::from_secs(12);
/// Connections that are read at once.
const PAGE: i64 = 1000;
/// What one round forgets of old webhooks at most.
const FORGOTTEN: i64 = 2000;

/// Compares until `stop`, while no other process does.
pub(super) async fn reconcile(voice: Voice, stop: CancellationToken) {
    let rounds = async {
        let mut answered = Instant::now();
        loop {
            let round = Box::pin(round(&voice, &mut answered));
            if let Err(error) = voice.store().unless_away(round).await {
                tracing::debug!(error = %error, "voice could not be compared with LiveKit");
            }
            tokio::time::sleep(ROUND).await;
        }
    };
    stop.run_until_cancelled(rounds).await;
    if let Err(error) = voice.store().release_lease(LEASE).await {
        tracing::debug!(error = %error, "the lease runs out by itself");
    }
}

async fn round(voice: &Voice, answered: &mut Instant) -> Result<(), EnforceError> {
    let store = voice.store();
    let now = store.now();
    if !store
        .hold_lease(LEASE, now.plus_seconds(LEASE_SECONDS))
        .await?
    {
        // What another process has seen of LiveKit meanwhile is not known here.
        *answered = Instant::now();
        return Ok(());
    }
    store
        .purge_voice_webhooks(now.plus_seconds(-REMEMBERED_SECONDS), FORGOTTEN)
        .await?;
    // Whose row was so before LiveKit was asked can be missing from its answer; who comes in between, or comes back, cannot.
    let before = rows(voice).await?.into_iter();
    let before: HashMap<VoiceConnectionId, Row> = before.map(|row| (row.connection, row)).collect();
    // Whoever is in a room had their row before, so these are read once more behind it.
    let rooms = match rooms(voice).await {
        Ok(rooms) => rooms,
        Err(error) if answered.elapsed() > LOST => {
            tracing::debug!(error = %error, "LiveKit is away");
            return Ok(end_all(voice).await?);
        }
        Err(error) => return Err(error),
    };
    *answered = Instant::now();
    let rows = rows(voice).await?;
    let guilds: BTreeSet<GuildId> = rows.iter().map(|row| row.guild).collect();
    let mut kept = HashMap::new();
    for guild in guilds {
        let (going_on, _) = voice.decide(guild).await?;
        let named = |it: Kept| ((it.row.channel, identity_of(&it.row).to_string()), it);
        kept.extend(going_on.into_iter().map(named));
    }
    for (channel, participants) in &rooms {
        for participant in participants {
            let key = (*channel, participant.identity.clone());
            if let Some(kept) = kept.remove(&key) {
                present(voice, kept, participant).await?;
            } else {
                tracing::info!(channel.id = %channel, "somebody is in a room who may not be there");
                let sfu = voice.sfu()?;
                sfu.remove(*channel, &participant.identity).await?;
            }
        }
    }
    for Kept { row, .. } in kept.into_values() {
        let then = before.get(&row.connection);
        if then.is_some_and(|then| is_same(then, &row)) && is_gone(&row, now) {
            end(voice, &row).await?;
        }
    }
    Ok(())
}

async fn rooms(voice: &Voice) -> Result<Vec<(ChannelId, Vec<Participant>)>, EnforceError> {
    let sfu = voice.sfu()?;
    let mut rooms = Vec::new();
    for channel in sfu.channels().await? {
        rooms.push((channel, sfu.participants(channel).await?));
    }
    Ok(rooms)
}

async fn rows(voice: &Voice) -> Result<Vec<Row>, StoreError> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let after = rows.last().map(|row| row.user);
        let page = voice::all(voice.store(), after, PAGE).await?;
        let last = (page.len() as i64) < PAGE;
        rows.extend(page);
        if last {
            return Ok(rows);
        }
    }
}

/// Somebody is where they may be: their rights and LiveKit's own id of them are made to fit.
async fn present(voice: &Voice, kept: Kept, participant: &Participant) -> Result<(), EnforceError> {
    let mut kept = kept;
    if kept.row.participant.as_deref() != Some(&participant.sid) {
        // Its webhook was lost.
        let row = &kept.row;
        let mut work = voice.store().begin(&[Aggregate::Guild(row.guild)]).await?;
        let now = work.now();
        let found = voice::find(work.tx(), row.user, now).await?;
        let same = found.filter(|found| found.connection == row.connection);
        let Some(found) = same else { return Ok(()) };
        let Some(connected) = connect(&mut work, found, row.channel, participant).await? else {
            return Ok(());
        };
        voice.commit(work).await?;
        kept = connected;
    }
    let participants = std::slice::from_ref(participant);
    Ok(voice.level(&kept, participants).await?)
}

/// Whether somebody who is in no room has been away for long enough to say so.
fn is_gone(row: &Row, now: Timestamp) -> bool {
    match (&row.participant, row.joined_at) {
        (Some(_), Some(joined)) => joined < now.plus_seconds(-GRACE_SECONDS),
        // Moved, or on their way back.
        (None, Some(_)) => row.asked_at < now.plus_seconds(-MOVING_SECONDS),
        (_, None) => row.asked_at < on_their_way_since(now),
    }
}

/// Whether nobody has come, come back or been moved by this connection meanwhile.
fn is_same(one: &Row, other: &Row) -> bool {
    (one.connection, &one.participant, one.asked_at)
        == (other.connection, &other.participant, other.asked_at)
}

/// Ends a connection that is still as it was seen.
async fn end(voice: &Voice, seen: &Row) -> Result<(), StoreError> {
    let mut work = match voice.store().begin(&[Aggregate::Guild(seen.guild)]).await {
        // Its connections are ended with the guild.
        Err(StoreError::Gone) => return Ok(()),
        begun => begun?,
    };
    let now = work.now();
    let found = voice::find(work.tx(), seen.user, now).await?;
    if let Some(row) = found.filter(|row| is_same(row, seen)) {
        voice::remove(&mut work, row.user, row.connection).await?;
        tell_gone(&mut work, &row)?;
        voice.commit(work).await?;
    }
    Ok(())
}

/// LiveKit is away: nobody hears anybody.
async fn end_all(voice: &Voice) -> Result<(), StoreError> {
    for row in rows(voice).await? {
        end(voice, &row).await?;
    }
    Ok(())
}
