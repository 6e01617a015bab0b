use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use kith_policy::ChannelAccess;
use kith_store::{Actor, Store, TokenHash};
use kith_types::ChannelId;

use crate::{ATTEMPTS, Bearer, Failure, Gate, id_in_path};

/// Somebody with a good session, and what they are in the channel that the path names.
#[derive(Debug)]
pub struct InChannel {
    pub actor: Actor,
    pub channel: ChannelId,
    token: TokenHash,
    access: Option<ChannelAccess>,
}

impl<S: Send + Sync> FromRequestParts<S> for InChannel
where
    Store: FromRef<S>,
    Gate: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let mut bearer = Bearer::from_request_parts(parts, state).await?;
        let channel = id_in_path(parts, state, "channel").await?;
        let store = Store::from_ref(state);
        let found = store
            .actor_in_channel(bearer.hash(), channel, store.now())
            .await?;
        bearer
            .settle(found.as_ref().map(|(actor, _)| actor))
            .await?;
        let (actor, access) = found.ok_or_else(Bearer::unknown)?;
        Ok(Self {
            actor,
            channel,
            token: *bearer.hash(),
            access,
        })
    }
}

impl InChannel {
    /// What was read with the session; for what only reads. Writes go through [`Self::decide`].
    pub fn access(&self) -> Option<&ChannelAccess> {
        self.access.as_ref()
    }

    /// Runs the use case with the facts about the asker, and again with fresh ones when it finds that rights have changed
    /// ([`kith_store::StoreError::AccessChanged`]).
    pub async fn decide<T, F>(
        &self,
        store: &Store,
        mut act: impl FnMut(Option<ChannelAccess>) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut outcome = act(self.access.clone()).await;
        for _ in 1..ATTEMPTS {
            match &outcome {
                Err(failure) if failure.is_access_changed() => {}
                _ => break,
            }
            let found = store
                .actor_in_channel(&self.token, self.channel, store.now())
                .await?;
            let (_, access) = found.ok_or_else(Bearer::unknown)?;
            outcome = act(access).await;
        }
        outcome
    }
}
