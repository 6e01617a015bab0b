use kith_types::Permissions;

use crate::{ConnectVoice, Granted};

/// What moderators have put on a member in all of a guild's voice channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restraints {
    /// May not be heard.
    pub mute: bool,
    /// May not hear, and so not be heard either.
    pub deaf: bool,
}

/// What somebody may do in a voice channel that they may connect to: all that a media server has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoiceRights {
    /// Be heard: send the microphone.
    pub speak: bool,
    /// Send a camera or a screen with its sound.
    pub stream: bool,
    /// Hear and see the others.
    pub listen: bool,
}

impl VoiceRights {
    /// What is left of a member's rights under what moderators have put on them.
    ///
    /// The sound of a screen is sound: who is muted does not send it, so they may send neither.
    pub fn of(granted: &Granted<ConnectVoice>, restraints: Restraints) -> Self {
        let held = granted.permissions();
        let heard = !restraints.mute && !restraints.deaf;
        Self {
            speak: heard && held.contains(Permissions::SPEAK),
            stream: heard && held.contains(Permissions::STREAM),
            listen: !restraints.deaf,
        }
    }
}
