//! What LiveKit tells of its rooms.

use std::slice;

use kith_events::Aggregate;
use kith_store::voice::{Standings, Voice as Row, find, note_webhook};
use kith_store::{StoreError, Work};
use kith_types::ChannelId;
use livekit_api::webhooks::WebhookError;
use livekit_protocol::WebhookEvent;

use super::enforce::{Kept, judge_one};
use super::sfu::{Participant, SfuError};
use super::tell::{tell_gone, tell_state};
use super::{Identity, Voice, identity_of};

/// How old something may be that LiveKit tells, and how far ahead of our clock. Its signature is good for about as long.
const AGE_SECONDS: i64 = 300;
/// How long what was told is remembered: longer than it could be told again.
pub(super) const REMEMBERED_SECONDS: i64 = 3 * AGE_SECONDS;

/// Why something that came as LiveKit's word is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("no LiveKit server is configured")]
    NotConfigured,
    /// It is not signed with the key, or it was altered.
    #[error("it is not signed by LiveKit")]
    Unsigned(#[source] WebhookError),
    #[error("it lacks an id or a time")]
    Incomplete,
    #[error("it is too old, or from the future")]
    OutOfTime,
    #[error("it was taken before")]
    Replayed,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sfu(#[from] SfuError),
}

impl Refused {
    /// As the metrics call it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Unsigned(_) => "unsigned",
            Self::Incomplete => "incomplete",
            Self::OutOfTime => "out_of_time",
            Self::Replayed => "replayed",
            Self::Store(_) | Self::Sfu(_) => "failed",
        }
    }
}

/// Takes what came with `authorization`, once.
pub(super) async fn receive(voice: &Voice, body: &str, authorization: &str) -> Result<(), Refused> {
    let receiver = voice.0.webhooks.as_ref().ok_or(Refused::NotConfigured)?;
    let event = receiver.receive(body, authorization);
    let event = event.map_err(Refused::Unsigned)?;
    if event.id.is_empty() || event.created_at == 0 {
        return Err(Refused::Incomplete);
    }
    let now = voice.store().now();
    let age = now.millis() / 1000 - event.created_at;
    if age.abs() > AGE_SECONDS {
        return Err(Refused::OutOfTime);
    }
    take(voice, &event).await
}

async fn take(voice: &Voice, event: &WebhookEvent) -> Result<(), Refused> {
    let room = event.room.as_ref().map(|room| room.name.as_str());
    let channel: Option<ChannelId> = room.and_then(|name| name.parse().ok());
    let participant = event.participant.clone().map(Participant::from);
    match (event.event.as_str(), channel, participant) {
        ("participant_joined", Some(channel), Some(participant)) => {
            joined(voice, &event.id, channel, &participant).await
        }
        ("participant_left" | "participant_connection_aborted", Some(_), Some(participant)) => {
            left(voice, &event.id, &participant).await
        }
        // What else it tells changes nobody's state, but it may not be told twice either.
        _ => note_alone(voice, &event.id).await,
    }
}

async fn note_alone(voice: &Voice, event: &str) -> Result<(), Refused> {
    if voice.store().note_voice_webhook(event).await? {
        Ok(())
    } else {
        Err(Refused::Replayed)
    }
}

/// Somebody is in a room. If they may be, they are in the channel from now on; if not, they are taken out.
async fn joined(
    voice: &Voice,
    event: &str,
    channel: ChannelId,
    participant: &Participant,
) -> Result<(), Refused> {
    let kept = match begin(voice, event, participant).await? {
        Some((mut work, row)) => {
            let kept = connect(&mut work, row, channel, participant).await?;
            voice.commit(work).await?;
            kept
        }
        None => None,
    };
    if let Some(kept) = kept {
        voice.level(&kept, slice::from_ref(participant)).await?;
    } else {
        let sfu = voice.sfu()?;
        sfu.remove(channel, &participant.identity).await?;
    }
    Ok(())
}

/// Somebody has left a room. That is only news of the connection that LiveKit had last.
async fn left(voice: &Voice, event: &str, participant: &Participant) -> Result<(), Refused> {
    let Some((mut work, row)) = begin(voice, event, participant).await? else {
        return Ok(());
    };
    if row.participant.as_deref() == Some(&participant.sid) {
        kith_store::voice::remove(&mut work, row.user, row.connection).await?;
        tell_gone(&mut work, &row)?;
    }
    voice.commit(work).await?;
    Ok(())
}

/// Notes the event and locks the guild of the connection that a participant is of; none if there is no such connection
/// any more.
async fn begin(
    voice: &Voice,
    event: &str,
    participant: &Participant,
) -> Result<Option<(Work, Row)>, Refused> {
    let store = voice.store();
    let identity: Option<Identity> = participant.identity.parse().ok();
    let is_theirs = |row: &Row| Some(identity_of(row)) == identity;
    let found = match identity {
        Some(identity) => store.voice_of(identity.user).await?.filter(is_theirs),
        None => None,
    };
    let Some(found) = found else {
        note_alone(voice, event).await?;
        return Ok(None);
    };
    let mut work = match store.begin(&[Aggregate::Guild(found.guild)]).await {
        Err(StoreError::Gone) => {
            note_alone(voice, event).await?;
            return Ok(None);
        }
        begun => begun?,
    };
    let now = work.now();
    if !note_webhook(work.tx(), event, now).await? {
        return Err(Refused::Replayed);
    }
    let found = find(work.tx(), found.user, now).await?;
    if let Some(row) = found.filter(is_theirs) {
        return Ok(Some((work, row)));
    }
    // What was noted stays noted.
    voice.commit(work).await?;
    Ok(None)
}

/// Notes that LiveKit has a participant of a connection in this channel. None if they may not be there.
pub(super) async fn connect(
    work: &mut Work,
    mut row: Row,
    channel: ChannelId,
    participant: &Participant,
) -> Result<Option<Kept>, StoreError> {
    if row.channel != channel {
        // They were moved, or have joined elsewhere since.
        return Ok(None);
    }
    let now = work.now();
    let standings = Standings::read(work.tx(), row.guild, &[row.user]).await?;
    let Some((rights, suppress)) = judge_one(&row, &standings, now) else {
        kith_store::voice::remove(work, row.user, row.connection).await?;
        tell_gone(work, &row)?;
        return Ok(None);
    };
    kith_store::voice::connect(work, row.user, row.connection, &participant.sid).await?;
    kith_store::voice::suppress(work, row.user, suppress).await?;
    row.participant = Some(participant.sid.clone());
    row.joined_at = row.joined_at.or(Some(now));
    row.suppress = suppress;
    tell_state(work, &row)?;
    Ok(Some(Kept {
        row,
        rights,
        suppress,
    }))
}
