use kith_access::Failure;
use kith_store::voice;
use kith_types::{UserId, VoiceConnectionId};
use kith_wire::UpdateVoice;

use super::begin_own;
use crate::voice::Voice;
use crate::voice::tell::tell_state;

/// Tells the others that somebody has muted or deafened themselves, or ended it. Their own device does it.
pub(crate) async fn update_me(
    at: &Voice,
    user: UserId,
    connection: VoiceConnectionId,
    body: &UpdateVoice,
) -> Result<(), Failure> {
    let (mut work, mut row) = begin_own(at, user, connection).await?;
    let wanted = (
        body.self_mute.unwrap_or(row.self_mute),
        body.self_deaf.unwrap_or(row.self_deaf),
    );
    if wanted == (row.self_mute, row.self_deaf) {
        return Ok(());
    }
    (row.self_mute, row.self_deaf) = wanted;
    voice::set_self(&mut work, user, row.self_mute, row.self_deaf).await?;
    tell_state(&mut work, &row)?;
    at.commit(work).await?;
    Ok(())
}
