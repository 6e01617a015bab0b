use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kith_policy::MemberFacts;
use kith_store::{Actor, Store, TokenHash};
use kith_types::GuildId;

use super::{ATTEMPTS, Bearer, id_in_path};
use crate::limits;
use crate::{Core, Failure};

/// Somebody with a good session, and what they are in the guild that the path names.
#[derive(Debug)]
pub(crate) struct InGuild {
    pub(crate) actor: Actor,
    pub(crate) guild: GuildId,
    token: TokenHash,
    member: Option<MemberFacts>,
}

impl FromRequestParts<Core> for InGuild {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, core: &Core) -> Result<Self, Failure> {
        let Bearer(token) = Bearer::from_request_parts(parts, core).await?;
        let guild = id_in_path(parts, core, "guild").await?;
        let found = core
            .store
            .actor_in_guild(&token, guild, core.store.now())
            .await?;
        let (actor, member) = found.ok_or_else(Bearer::unknown)?;
        limits::take(core, parts, &actor).await?;
        Ok(Self {
            actor,
            guild,
            token,
            member,
        })
    }
}

impl InGuild {
    /// Runs the use case with the facts about the asker, and again with fresh ones when it finds that rights have changed
    /// ([`kith_store::StoreError::AccessChanged`]).
    pub(crate) async fn decide<T, F>(
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
