use kith_events::{EventKind, Scope};
use kith_store::Work;
use kith_wire::{Role, RoleChange};

use crate::Failure;

/// Adds the event of a role that came or changed.
pub(super) fn tell(work: &mut Work, kind: EventKind, role: &Role) -> Result<(), Failure> {
    work.emit(Scope::Guild(role.guild_id), kind, |event_id, rev| {
        RoleChange {
            event_id,
            rev,
            role: role.clone(),
        }
    })?;
    Ok(())
}
