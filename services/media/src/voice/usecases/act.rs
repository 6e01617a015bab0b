use kith_access::Failure;
use kith_events::Aggregate;
use kith_policy::{
    ChannelAccess, Denied, MemberFacts, TakePart, Target, ViewChannel, may_act_on, require,
    require_in_guild,
};
use kith_store::voice::{Standings, Voice as Row};
use kith_store::{Work, voice};
use kith_types::UserId;
use kith_wire::{AuditAction, ErrorCode};

use crate::voice::Voice;

/// What a moderator does to somebody below themselves who is in a voice channel. The guild's row is locked, and everything
/// is as of now.
pub(super) struct Act {
    pub(super) work: Work,
    pub(super) actor: UserId,
    /// The other's connection.
    pub(super) row: Row,
    pub(super) standings: Standings,
}

/// Locks the guild and finds the other there. Where the actor may not see that the other is, they are not.
pub(super) async fn begin(
    at: &Voice,
    member: Option<MemberFacts>,
    user: UserId,
) -> Result<Act, Failure> {
    require_in_guild::<TakePart>(member.as_ref(), at.store().now())?;
    let member = member.ok_or(Denied::Hidden)?;
    let (guild, actor) = (member.guild, member.user);
    let mut work = at.store().begin(&[Aggregate::Guild(guild)]).await?;
    let now = work.now();
    let standings = Standings::read(work.tx(), guild, &[actor, user]).await?;
    let found = voice::find(work.tx(), user, now).await?;
    let row = found.filter(|row| row.guild == guild && row.joined_at.is_some());
    let row = row.ok_or_else(Failure::not_found)?;
    let act = Act {
        work,
        actor,
        row,
        standings,
    };
    require::<ViewChannel>(act.actors_access().as_ref(), now)?;
    let (actor, other) = (act.standings.member(actor), act.standings.member(user));
    let target = Target {
        user,
        highest_position: other.map_or(0, MemberFacts::highest_position),
    };
    if !may_act_on(actor.ok_or(Denied::Hidden)?, target) {
        let message = "they are not below your own highest role";
        return Err(Failure::refused(ErrorCode::RoleHierarchy, message));
    }
    Ok(act)
}

impl Act {
    /// What the actor is in the channel where the other is.
    pub(super) fn actors_access(&self) -> Option<ChannelAccess> {
        self.standings.access(self.actor, self.row.channel)
    }

    /// Notes the act in the guild's audit log.
    pub(super) async fn audit(
        &mut self,
        action: AuditAction,
        changes: serde_json::Value,
    ) -> Result<(), Failure> {
        let target = Some(self.row.user.uuid());
        self.work
            .audit(self.row.guild, self.actor, action, target, changes, None)
            .await?;
        Ok(())
    }
}
