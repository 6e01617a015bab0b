use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use kith_policy::MemberFacts;
use kith_store::{Actor, Store, TokenHash};
use kith_types::GuildId;

use crate::{ATTEMPTS, Bearer, Failure, Gate, id_in_path};

/// Somebody with a good session, and what they are in the guild that the path names.
#[derive(Debug)]
pub struct InGuild {
    pub actor: Actor,
    pub guild: GuildId,
    token: TokenHash,
    member: Option<MemberFacts>,
}

impl<S: Send + Sync> FromRequestParts<S> for InGuild
where
    Store: FromRef<S>,
    Gate: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let mut bearer = Bearer::from_request_parts(parts, state).await?;
        let guild = id_in_path(parts, state, "guild").await?;
        let store = Store::from_ref(state);
        let found = store
            .actor_in_guild(bearer.hash(), guild, store.now())
            .await?;
        bearer
            .settle(found.as_ref().map(|(actor, _)| actor))
            .await?;
        let (actor, member) = found.ok_or_else(Bearer::unknown)?;
        Ok(Self {
            actor,
            guild,
            token: *bearer.hash(),
            member,
        })
    }
}

impl InGuild {
    /// What was read with the session; for what only reads, or decides anew by itself. Other writes go through
    /// [`Self::decide`].
    pub fn member(&self) -> Option<&MemberFacts> {
        self.member.as_ref()
    }

    /// Runs the use case with the facts about the asker, and again with fresh ones when it finds that rights have changed
    /// ([`kith_store::StoreError::AccessChanged`]).
    pub async fn decide<T, F>(
        &self,
        store: &Store,
        mut act: impl FnMut(Option<MemberFacts>) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut outcome = act(self.member.clone()).await;
        for _ in 1..ATTEMPTS {
            match &outcome {
                Err(failure) if failure.is_access_changed() => {}
                _ => break,
            }
            let found = store
                .actor_in_guild(&self.token, self.guild, store.now())
                .await?;
            let (_, member) = found.ok_or_else(Bearer::unknown)?;
            outcome = act(member).await;
        }
        outcome
    }
}
