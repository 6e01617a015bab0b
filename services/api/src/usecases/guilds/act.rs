use kith_events::Aggregate;
use kith_policy::{Denied, Granted, MemberFacts, Right, RoleChange, may_grant, require_in_guild};
use kith_store::{Store, Work, members};
use kith_types::{GuildId, Permissions, UserId};
use kith_wire::Role;

use super::hierarchy;
use crate::Failure;
use crate::outbox::Publisher;

/// A change of a guild by a member who may make it: the guild's row is locked, and `actor` is as of now, so that
/// neither the actor nor what they act on can change until the end.
pub(crate) struct Act<R> {
    pub(crate) work: Work,
    pub(crate) actor: MemberFacts,
    pub(crate) granted: Granted<R>,
}

impl<R: Right> Act<R> {
    /// Decides, locks the guild, and decides again if rights changed in between.
    ///
    /// The first decision keeps who may not from taking the lock. The second one, under the lock, is final: however
    /// many act at once, nobody has to try again.
    pub(crate) async fn begin(store: &Store, member: Option<MemberFacts>) -> Result<Self, Failure> {
        let mut granted = require_in_guild::<R>(member.as_ref(), store.now())?;
        let mut actor = member.ok_or(Denied::Hidden)?;
        let mut work = store.begin(&[Aggregate::Guild(actor.guild)]).await?;
        if work.require_unchanged(&granted).is_err() {
            let fresh = members::facts(work.tx(), actor.guild, actor.user).await?;
            granted = require_in_guild::<R>(fresh.as_ref(), work.now())?;
            actor = fresh.ok_or(Denied::Hidden)?;
        }
        Ok(Self {
            work,
            actor,
            granted,
        })
    }

    /// The guild that is changed.
    pub(crate) fn guild(&self) -> GuildId {
        self.actor.guild
    }

    /// Refuses unless the actor stands above this user. Their facts, if they are a member.
    pub(crate) async fn outranks(&mut self, user: UserId) -> Result<Option<MemberFacts>, Failure> {
        hierarchy::outranks(&mut self.work, &self.actor, user).await
    }

    /// Refuses unless the actor may choose the roles of this member.
    pub(crate) async fn changes_roles_of(&mut self, user: UserId) -> Result<(), Failure> {
        hierarchy::changes_roles_of(&mut self.work, &self.actor, user).await
    }

    /// Refuses unless the role is below the actor's highest one.
    pub(crate) fn manages(&self, role: &Role) -> Result<(), Failure> {
        hierarchy::manages(&self.actor, role)
    }

    /// Refuses to give others rights in a channel, by this role, that the actor does not hold there.
    pub(crate) async fn opens_no_channel(
        &mut self,
        role: &Role,
        change: RoleChange,
    ) -> Result<(), Failure> {
        hierarchy::opens_no_channel(&mut self.work, &self.actor, role, change).await
    }

    /// Refuses a change of rights by bits that the actor does not hold.
    pub(crate) fn grants(&self, before: Permissions, after: Permissions) -> Result<(), Failure> {
        if may_grant(&self.actor, before, after, self.work.now()) {
            return Ok(());
        }
        let changed = before.symmetric_difference(after);
        Err(Denied::Missing(changed.difference(self.granted.permissions())).into())
    }

    /// Makes it true, and known.
    pub(crate) async fn finish(self, publisher: &Publisher) -> Result<(), Failure> {
        publisher.publish(self.work.commit().await?);
        Ok(())
    }
}
