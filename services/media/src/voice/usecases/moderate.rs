use kith_access::Failure;
use kith_policy::{
    ConnectVoice, DeafenMembers, MemberFacts, MoveMembers, MuteMembers, Restraints, VoiceRights,
    require,
};
use kith_store::voice;
use kith_store::voice::Voice as Row;
use kith_types::{ChannelId, UserId};
use kith_wire::{AuditAction, ErrorCode, ModerateVoice};
use serde_json::json;

use super::act::{Act, begin};
use super::refuse_if_full;
use crate::voice::Voice;
use crate::voice::tell::{tell_gone, tell_state};

/// Mutes, deafens or moves somebody who is in a voice channel: all of it or nothing.
pub(crate) async fn moderate(
    at: &Voice,
    member: Option<MemberFacts>,
    user: UserId,
    body: &ModerateVoice,
) -> Result<(), Failure> {
    let mut act = begin(at, member, user).await?;
    let before = act.row.clone();
    restrain(&mut act, body).await?;
    let destination = body.channel_id.filter(|to| *to != before.channel);
    if let Some(to) = destination {
        move_to(&mut act, to).await?;
    }
    if act.row == before {
        return Ok(());
    }
    if destination.is_some() {
        tell_gone(&mut act.work, &before)?;
    }
    tell_state(&mut act.work, &act.row)?;
    let guild = before.guild;
    at.commit(act.work).await?;
    if destination.is_some() {
        at.expel(&before).await;
    }
    // In LiveKit at once; should it be away, the reconciler does it when it is back.
    if let Err(error) = at.enforce(guild).await {
        tracing::warn!(guild.id = %guild, error = %error, "voice rights could not be enforced yet");
    }
    Ok(())
}

async fn restrain(act: &mut Act, body: &ModerateVoice) -> Result<(), Failure> {
    let before = act.row.restraints;
    let after = Restraints {
        mute: body.mute.unwrap_or(before.mute),
        deaf: body.deaf.unwrap_or(before.deaf),
    };
    let (user, now) = (act.row.user, act.work.now());
    if after.mute != before.mute {
        let granted = require::<MuteMembers>(act.actors_access().as_ref(), now)?;
        let both = Restraints {
            mute: after.mute,
            ..before
        };
        voice::restrain(&mut act.work, &granted, user, both).await?;
        act.audit(
            AuditAction::VoiceMute,
            json!({"mute": {"old": before.mute, "new": after.mute}}),
        )
        .await?;
    }
    if after.deaf != before.deaf {
        let granted = require::<DeafenMembers>(act.actors_access().as_ref(), now)?;
        voice::restrain(&mut act.work, &granted, user, after).await?;
        act.audit(
            AuditAction::VoiceDeafen,
            json!({"deaf": {"old": before.deaf, "new": after.deaf}}),
        )
        .await?;
    }
    act.row.restraints = after;
    Ok(())
}

/// Both must be able to connect there by themselves: a move gives nobody what they could not have.
async fn move_to(act: &mut Act, to: ChannelId) -> Result<(), Failure> {
    let now = act.work.now();
    let granted = require::<MoveMembers>(act.actors_access().as_ref(), now)?;
    let (actor, user) = (act.actor, act.row.user);
    let theirs = act.standings.access(actor, to);
    let Ok(_) = require::<ConnectVoice>(theirs.as_ref(), now) else {
        return Err(Failure::field(
            "channel_id",
            "there is no voice channel of this guild that you may connect to",
        ));
    };
    let access = act.standings.access(user, to);
    let Ok(there) = require::<ConnectVoice>(access.as_ref(), now) else {
        return Err(Failure::refused(
            ErrorCode::MissingPermission,
            "they may not connect there",
        ));
    };
    if let Some(channel) = act.standings.channel(to) {
        refuse_if_full(&mut act.work, channel, user).await?;
    }
    let suppress = !VoiceRights::of(&there, Restraints::default()).speak;
    voice::move_to(&mut act.work, &granted, user, to, suppress).await?;
    let changes = json!({"channel_id": {"old": act.row.channel, "new": to}});
    act.audit(AuditAction::VoiceMove, changes).await?;
    act.row = Row {
        channel: to,
        suppress,
        participant: None,
        ..act.row.clone()
    };
    Ok(())
}
