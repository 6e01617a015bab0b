use kith_access::Failure;
use kith_policy::{MemberFacts, MoveMembers, require};
use kith_store::voice;
use kith_types::UserId;
use kith_wire::AuditAction;
use serde_json::json;

use super::act::begin;
use crate::voice::Voice;
use crate::voice::tell::tell_gone;

/// Takes somebody out of their voice channel; they may come back.
pub(crate) async fn disconnect(
    at: &Voice,
    member: Option<MemberFacts>,
    user: UserId,
) -> Result<(), Failure> {
    let mut act = begin(at, member, user).await?;
    require::<MoveMembers>(act.actors_access().as_ref(), act.work.now())?;
    let changes = json!({"channel_id": act.row.channel});
    act.audit(AuditAction::VoiceDisconnect, changes).await?;
    voice::remove(&mut act.work, user, act.row.connection).await?;
    tell_gone(&mut act.work, &act.row)?;
    at.commit(act.work).await?;
    at.expel(&act.row).await;
    Ok(())
}
