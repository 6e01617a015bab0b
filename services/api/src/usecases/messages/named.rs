use kith_store::{InChannel, Named, Store, StoreError};
use kith_types::{ChannelId, FileId};

use super::mentions::Mentions;
use crate::Failure;
use crate::access::{ATTEMPTS, Bearer};

/// A text that somebody wants to say in a channel, before anything is known of them.
pub(crate) struct Saying<'a> {
    pub(crate) store: &'a Store,
    pub(crate) channel: ChannelId,
    pub(crate) mentions: Mentions,
    /// Files that go with it.
    pub(crate) files: &'a [FileId],
}

impl Saying<'_> {
    /// Looks up in one statement who says it, what they are there and whom they name; runs `act` with that, and again with
    /// fresh facts when it finds that rights have changed.
    pub(crate) async fn decide<T, F>(
        &self,
        bearer: &mut Bearer,
        mut act: impl FnMut(InChannel) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let named = Named {
            files: self.files,
            ..self.mentions.named()
        };
        for _ in 0..ATTEMPTS {
            let now = self.store.now();
            let found = self
                .store
                .naming_in_channel(bearer.hash(), self.channel, named, now)
                .await?;
            bearer
                .settle(found.as_ref().map(|found| &found.actor))
                .await?;
            let found = found.ok_or_else(Bearer::unknown)?;
            match act(found).await {
                Err(failure) if failure.is_access_changed() => {}
                outcome => return outcome,
            }
        }
        Err(StoreError::AccessChanged.into())
    }
}
