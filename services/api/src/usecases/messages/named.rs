use kith_store::{InChannel, Named, Store, StoreError, TokenHash};
use kith_types::{ChannelId, FileId};

use super::mentions::Mentions;
use crate::Failure;
use crate::access::{ATTEMPTS, Bearer};
use crate::limits::Toll;

/// A text that somebody wants to say in a channel, before anything is known of them.
pub(crate) struct Saying<'a> {
    pub(crate) store: &'a Store,
    pub(crate) token: TokenHash,
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
        toll: Toll,
        mut act: impl FnMut(InChannel) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let named = Named {
            files: self.files,
            ..self.mentions.named()
        };
        let mut toll = Some(toll);
        for _ in 0..ATTEMPTS {
            let now = self.store.now();
            let found = self
                .store
                .naming_in_channel(&self.token, self.channel, named, now)
                .await?
                .ok_or_else(Bearer::unknown)?;
            if let Some(toll) = toll.take() {
                toll.pay(&found.actor).await?;
            }
            match act(found).await {
                Err(failure) if failure.is_access_changed() => {}
                outcome => return outcome,
            }
        }
        Err(StoreError::AccessChanged.into())
    }
}
