use kith_events::{EventKind, Scope};
use kith_store::voice::Voice;
use kith_store::{StoreError, Work};
use kith_wire::{VoiceState, VoiceStateChange};

/// Adds the event that somebody is in a channel as they now are there, for who may view it.
pub(super) fn tell_state(work: &mut Work, voice: &Voice) -> Result<(), StoreError> {
    match voice.state() {
        Some(state) => emit(work, voice, Some(state)),
        // Nobody knows of them yet.
        None => Ok(()),
    }
}

/// Adds the event that somebody is not in a channel any more, if anybody was told that they are.
pub(super) fn tell_gone(work: &mut Work, voice: &Voice) -> Result<(), StoreError> {
    match voice.joined_at {
        Some(_) => emit(work, voice, None),
        None => Ok(()),
    }
}

fn emit(work: &mut Work, voice: &Voice, voice_state: Option<VoiceState>) -> Result<(), StoreError> {
    let scope = Scope::Channel(voice.guild, voice.channel);
    work.emit(scope, EventKind::VoiceStateUpdate, |event_id, rev| {
        VoiceStateChange {
            event_id,
            rev,
            guild_id: voice.guild,
            channel_id: voice.channel,
            user_id: voice.user,
            voice_state,
        }
    })
}
