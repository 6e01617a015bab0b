use kith_access::Failure;
use kith_store::voice;
use kith_types::{UserId, VoiceConnectionId};

use super::begin_own;
use crate::voice::Voice;
use crate::voice::tell::tell_gone;

/// Ends one's own connection, if it is still this one.
pub(crate) async fn leave(
    at: &Voice,
    user: UserId,
    connection: VoiceConnectionId,
) -> Result<(), Failure> {
    let (mut work, row) = begin_own(at, user, connection).await?;
    voice::remove(&mut work, user, connection).await?;
    tell_gone(&mut work, &row)?;
    at.commit(work).await?;
    at.expel(&row).await;
    Ok(())
}
