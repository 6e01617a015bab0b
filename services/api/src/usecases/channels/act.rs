use kith_events::Aggregate;
use kith_policy::{ChannelAccess, ChannelPlace, Denied, Granted, MemberFacts, Right, require};
use kith_store::{Store, Work, channels, members};
use kith_types::{GuildId, UserId};
use kith_wire::{Channel, Role};

use super::view::access;
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::hierarchy;

/// A change of a guild's channel by a member who may make it, as [`crate::usecases::guilds::Act`]: the guild's row is
/// locked, and both the actor and the channel are as of now.
pub(crate) struct ChannelAct<R> {
    pub(crate) work: Work,
    pub(crate) actor: MemberFacts,
    pub(crate) granted: Granted<R>,
    pub(crate) channel: Channel,
}

impl<R: Right> ChannelAct<R> {
    /// Decides, locks the guild, and decides again under the lock if rights changed in between.
    pub(crate) async fn begin(
        store: &Store,
        asked: Option<ChannelAccess>,
    ) -> Result<Self, Failure> {
        let mut granted = require::<R>(asked.as_ref(), store.now())?;
        let asked = asked.ok_or(Denied::Hidden)?;
        let ChannelPlace::Guild {
            member: mut actor, ..
        } = asked.place
        else {
            return Err(Denied::NotInDirect.into());
        };
        let mut work = store.begin(&[Aggregate::Guild(actor.guild)]).await?;
        let found = channels::find(work.tx(), actor.guild, asked.channel).await?;
        let channel = found.ok_or(Denied::Hidden)?;
        if work.require_unchanged(&granted).is_err() {
            let fresh = members::facts(work.tx(), actor.guild, actor.user).await?;
            actor = fresh.ok_or(Denied::Hidden)?;
            granted = require::<R>(Some(&access(&actor, &channel)), work.now())?;
        }
        Ok(Self {
            work,
            actor,
            granted,
            channel,
        })
    }

    /// The guild that the channel is in.
    pub(crate) fn guild(&self) -> GuildId {
        self.actor.guild
    }

    /// Refuses unless the actor stands above this user. Their facts, if they are a member.
    pub(crate) async fn outranks(&mut self, user: UserId) -> Result<Option<MemberFacts>, Failure> {
        hierarchy::outranks(&mut self.work, &self.actor, user).await
    }

    /// Refuses unless the role is below the actor's highest one.
    pub(crate) fn manages(&self, role: &Role) -> Result<(), Failure> {
        hierarchy::manages(&self.actor, role)
    }

    /// Makes it true, and known.
    pub(crate) async fn finish(self, publisher: &Publisher) -> Result<(), Failure> {
        publisher.publish(self.work.commit().await?);
        Ok(())
    }
}
