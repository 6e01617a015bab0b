use std::sync::{Mutex, PoisonError};

use kith_types::ChannelId;
use kith_wire::FoundMessages;

/// What was found while rights changed. Whoever asked gets it as soon as facts that were read after it was found let them read
/// all the channels that it may be from: so a guild in which rights change all the time does not keep its members from searching.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Option<(Vec<ChannelId>, FoundMessages)>>);

impl Kept {
    pub(super) fn put(&self, channels: Vec<ChannelId>, found: FoundMessages) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((channels, found));
    }

    /// What was kept, if it is only from these channels. It is kept no longer, in any case.
    pub(super) fn take(&self, readable: &[ChannelId]) -> Option<FoundMessages> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (channels, found) = kept?;
        channels
            .iter()
            .all(|channel| readable.contains(channel))
            .then_some(found)
    }
}
