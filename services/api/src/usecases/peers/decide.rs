use kith_policy as policy;
use kith_store::peers::{self, Note};
use kith_store::{Actor, Store};
use kith_types::Domain;
use kith_wire::{InstanceAuditAction, Peer, PeerStanding, PutPeer};
use serde_json::json;

use super::list::described;
use crate::Failure;
use crate::core::Home;

/// Decides how another instance stands; it need not be known yet. It holds from the next request on, in both directions.
pub(crate) async fn decide(
    store: &Store,
    home: &Home,
    actor: &Actor,
    domain: &Domain,
    body: &PutPeer,
) -> Result<Peer, Failure> {
    let itself = || Failure::field("domain", "is this instance itself");
    if *domain == home.domain {
        return Err(itself());
    }
    let standing = match body.standing {
        PeerStanding::Active => policy::PeerStanding::Active,
        PeerStanding::Suspended => policy::PeerStanding::Suspended,
        PeerStanding::Blocked => policy::PeerStanding::Blocked,
    };
    let note = Note {
        actor: actor.user.id,
        action: InstanceAuditAction::PeerStanding,
        target: domain.to_string(),
        changes: json!({ "standing": body.standing }),
        reason: body.reason.as_ref(),
    };
    let row = peers::decide(store, domain, standing, &note).await?;
    let row = row.ok_or_else(itself)?;
    Ok(described(store, home, row).await?)
}
