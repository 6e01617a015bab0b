use kith_events::{EventKind, Scope};
use kith_policy::{
    ChangeNickname, ManageNicknames, MemberFacts, ModerateMembers, TakePart, require_in_guild,
};
use kith_store::{Store, members};
use kith_types::{Nickname, Timestamp, UserId};
use kith_wire::{AuditAction, Member, MemberChange, UpdateMember, differences};

use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::Act;

/// A time-out is a pause; who should stay away for longer is kicked or banned.
const LONGEST_TIME_OUT: i64 = 28 * 24 * 3600;

/// Changes a member's nickname and time-out, each by its own right.
pub(crate) async fn update(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    user: UserId,
    body: &UpdateMember,
) -> Result<Member, Failure> {
    let mut act = Act::<TakePart>::begin(store, member).await?;
    let guild = act.guild();
    let before = members::find(act.work.tx(), guild, user)
        .await?
        .ok_or_else(Failure::not_found)?;
    if let Some(nick) = &body.nick {
        rename(&mut act, user, nick.as_ref()).await?;
    }
    if let Some(until) = body.timed_out_until {
        time_out(&mut act, user, until).await?;
    }
    let after = members::find(act.work.tx(), guild, user)
        .await?
        .ok_or_else(Failure::not_found)?;
    if after == before {
        return Ok(after);
    }
    // Only what may be done changes access; a name does not.
    if after.timed_out_until != before.timed_out_until {
        act.work.raise_access(guild)?;
    }
    // What somebody calls themselves is no administrative act.
    let actor = act.actor.user;
    if actor != user {
        let target = Some(user.uuid());
        let changes = differences(&before, &after, &["nick", "timed_out_until"]);
        act.work
            .audit(
                guild,
                actor,
                AuditAction::MemberUpdate,
                target,
                changes,
                None,
            )
            .await?;
    }
    act.work.emit(
        Scope::Guild(guild),
        EventKind::GuildMemberUpdate,
        |event_id, rev| MemberChange {
            event_id,
            rev,
            member: after.clone(),
        },
    )?;
    act.finish(publisher).await?;
    Ok(after)
}

async fn rename(
    act: &mut Act<TakePart>,
    user: UserId,
    nick: Option<&Nickname>,
) -> Result<(), Failure> {
    let now = act.work.now();
    if user == act.actor.user {
        let granted = require_in_guild::<ChangeNickname>(Some(&act.actor), now)?;
        members::rename(&mut act.work, &granted, user, nick).await?;
    } else {
        let granted = require_in_guild::<ManageNicknames>(Some(&act.actor), now)?;
        act.outranks(user).await?;
        members::rename(&mut act.work, &granted, user, nick).await?;
    }
    Ok(())
}

async fn time_out(
    act: &mut Act<TakePart>,
    user: UserId,
    until: Option<Timestamp>,
) -> Result<(), Failure> {
    let now = act.work.now();
    let granted = require_in_guild::<ModerateMembers>(Some(&act.actor), now)?;
    act.outranks(user).await?;
    if until.is_some_and(|until| until <= now || until > now.plus_seconds(LONGEST_TIME_OUT)) {
        return Err(Failure::field(
            "timed_out_until",
            "must be in the future, at most 28 days ahead",
        ));
    }
    members::time_out(&mut act.work, &granted, user, until).await?;
    Ok(())
}
