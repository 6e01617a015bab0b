//! Who is seen how, and by whom not.

use super::*;

impl Truth {
    /// Blocks somebody, or ends that.
    pub(crate) fn block(&mut self, who: u8, other: u8, begins: bool) -> StoredEvent {
        let kind = if begins {
            EventKind::BlockAdd
        } else {
            EventKind::BlockRemove
        };
        self.own(who, kind, |event_id, rev| BlockChange {
            event_id,
            rev,
            user_id: user(other),
        })
    }

    /// Chooses how to be seen.
    pub(crate) fn choose(&mut self, who: u8, presence: PresenceSettings) -> StoredEvent {
        let kind = EventKind::PresenceSettingsUpdate;
        self.own(who, kind, |event_id, rev| PresenceSettingsChange {
            event_id,
            rev,
            presence,
        })
    }

    /// Somebody is seen like this from now on; nobody is told yet.
    pub(crate) fn is_seen(&mut self, who: u8, status: Status) -> Presence {
        let before = self.presences.get(&user(who)).map_or(0, |it| it.version);
        let presence = Presence {
            user_id: user(who),
            status,
            custom_status: None,
            version: before + 1,
        };
        self.presences.insert(user(who), presence.clone());
        presence
    }
}
