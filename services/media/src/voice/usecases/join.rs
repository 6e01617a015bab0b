use kith_access::Failure;
use kith_events::Aggregate;
use kith_policy::{ChannelAccess, ConnectVoice, Denied, VoiceRights, require};
use kith_store::voice::{NewVoice, Standings};
use kith_store::{StoreError, voice};
use kith_types::{SessionId, UserId};
use kith_wire::{ErrorCode, JoinVoice, VoiceTicket};

use super::refuse_if_full;
use crate::voice::tell::tell_gone;
use crate::voice::{Identity, Voice};

/// Who asks, on which log-in session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
}

/// Gives a token for a voice channel, with exactly the rights that the asker has there. Any other connection of theirs
/// ends: one is in one place.
pub(crate) async fn join(
    at: &Voice,
    asker: Asker,
    access: Option<ChannelAccess>,
    body: &JoinVoice,
) -> Result<VoiceTicket, Failure> {
    let store = at.store();
    let first = require::<ConnectVoice>(access.as_ref(), store.now())?;
    let (Some(guild), Some(channel)) = (first.guild(), first.channel()) else {
        return Err(Denied::NotInDirect.into());
    };
    let mut connection = store.connection().await?;
    let place = Standings::read(&mut connection, guild, &[]).await?;
    drop(connection);
    place.channel(channel).ok_or_else(not_a_voice_channel)?;
    // The room first: where it cannot be had, nothing is written.
    let sfu = at.sfu()?;
    sfu.open(channel).await?;
    let before = store.voice_of(asker.user).await?;
    let mut guilds = vec![Aggregate::Guild(guild)];
    guilds.extend(before.map(|row| Aggregate::Guild(row.guild)));
    let mut work = store.begin(&guilds).await?;
    let now = work.now();
    // Decided again under the lock; this is final.
    let standings = Standings::read(work.tx(), guild, &[asker.user]).await?;
    let place = standings.channel(channel).ok_or_else(not_a_voice_channel)?;
    let access = standings.access(asker.user, channel);
    let granted = require::<ConnectVoice>(access.as_ref(), now)?;
    refuse_if_full(&mut work, place, asker.user).await?;
    let before = voice::find(work.tx(), asker.user, now).await?;
    if before
        .as_ref()
        .is_some_and(|row| !guilds.contains(&Aggregate::Guild(row.guild)))
    {
        // They have just joined elsewhere, at the same moment.
        return Err(StoreError::AccessChanged.into());
    }
    let restraints = voice::restraints(work.tx(), guild, asker.user).await?;
    let new = NewVoice {
        channel,
        connection: work.mint()?,
        session: asker.session,
        restraints,
        self_mute: body.self_mute,
        self_deaf: body.self_deaf,
    };
    voice::put(&mut work, &granted, asker.user, new).await?;
    if let Some(row) = before.as_ref().filter(|row| row.channel != channel) {
        tell_gone(&mut work, row)?;
    }
    at.commit(work).await?;
    if let Some(row) = &before {
        at.expel(row).await;
    }
    let identity = Identity {
        user: asker.user,
        connection: new.connection,
    };
    let rights = VoiceRights::of(&granted, restraints);
    Ok(VoiceTicket {
        url: at.0.client_url.clone(),
        token: sfu.token(channel, identity, rights)?,
        channel_id: channel,
        connection_id: new.connection,
    })
}

fn not_a_voice_channel() -> Failure {
    Failure::refused(ErrorCode::InvalidRequest, "this is not a voice channel")
}
