use kith_policy::may_speak_with;
use kith_store::peers::{self, PeerRow};
use kith_types::Domain;

use super::AskError;
use crate::Core;

/// The other instance as it is known, if we speak with it. Read anew each time: what an administrator decides holds at once.
pub(crate) async fn may_speak(core: &Core, domain: &Domain) -> Result<Option<PeerRow>, AskError> {
    let peer = peers::find(&core.store, domain).await?;
    let standing = peer.as_ref().map(|peer| peer.standing).unwrap_or_default();
    let rules = peers::rules(&core.store).await?;
    may_speak_with(core.mode, standing, &rules, domain)?;
    Ok(peer)
}
