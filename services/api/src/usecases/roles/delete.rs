use kith_events::{EventKind, Scope};
use kith_policy::{ManageRoles, MemberFacts, RoleChange};
use kith_store::{Store, roles};
use kith_types::RoleId;
use kith_wire::{AuditAction, RoleDelete};
use serde_json::json;

use super::{find, not_everyone, tell::tell};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels::Sight;
use crate::usecases::guilds::Act;

/// Deletes a role below one's own; those above it move down.
///
/// Its members and the channels' overwrites lose it without an event each: a role that is gone is gone everywhere.
pub(crate) async fn delete(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    role: RoleId,
) -> Result<(), Failure> {
    let mut act = Act::<ManageRoles>::begin(store, member).await?;
    let guild_id = act.guild();
    not_everyone(guild_id, role)?;
    let mut above = roles::list(act.work.tx(), guild_id).await?;
    let gone = find(&above, role)?.clone();
    act.manages(&gone)?;
    act.opens_no_channel(&gone, RoleChange::Taken).await?;
    above.retain(|other| other.position > gone.position);
    for other in &mut above {
        other.position -= 1;
    }
    // What it denied its members somewhere opens to them.
    let sight = Sight::before(&mut act.work, guild_id, None).await?;
    roles::delete(&mut act.work, &act.granted, role).await?;
    sight.begins(&mut act.work).await?;
    roles::move_to(&mut act.work, &act.granted, &above).await?;
    let (actor, changes) = (act.actor.user, json!({ "name": gone.name }));
    let target = Some(role.uuid());
    act.work
        .audit(
            guild_id,
            actor,
            AuditAction::RoleDelete,
            target,
            changes,
            None,
        )
        .await?;
    act.work.raise_access(guild_id)?;
    act.work.emit(
        Scope::Guild(guild_id),
        EventKind::GuildRoleDelete,
        |event_id, rev| RoleDelete {
            event_id,
            rev,
            guild_id,
            role_id: role,
        },
    )?;
    for other in &above {
        tell(&mut act.work, EventKind::GuildRoleUpdate, other)?;
    }
    act.finish(publisher).await
}
