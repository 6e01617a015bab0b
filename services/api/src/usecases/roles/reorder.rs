use kith_events::EventKind;
use kith_policy::{ManageRoles, MemberFacts};
use kith_store::{Store, roles};
use kith_types::RoleId;
use kith_wire::{AuditAction, ReorderRoles, Role};
use serde_json::json;

use super::order::{self, InvalidOrder};
use super::tell::tell;
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::Act;

impl From<InvalidOrder> for Failure {
    fn from(error: InvalidOrder) -> Self {
        let (index, field) = match error {
            InvalidOrder::Unknown(index) | InvalidOrder::Twice(index) => (index, "id"),
            InvalidOrder::Place(index) => (index, "position"),
        };
        Self::field(format!("roles[{index}].{field}"), error.to_string())
    }
}

/// Moves roles, all or none. Nothing at or above the actor's highest role may move.
pub(crate) async fn reorder(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    body: &ReorderRoles,
) -> Result<Vec<Role>, Failure> {
    let mut act = Act::<ManageRoles>::begin(store, member).await?;
    let guild = act.guild();
    let mut roles = roles::list(act.work.tx(), guild).await?;
    let movable: Vec<RoleId> = roles
        .iter()
        .map(|role| role.id)
        .filter(|id| *id != guild.everyone())
        .collect();
    let wishes: Vec<_> = body
        .roles
        .iter()
        .map(|wish| (wish.id, wish.position))
        .collect();
    let places = order::reorder(&movable, &wishes)?;

    let mut moved = Vec::new();
    for (role, position) in places.iter().zip(1..) {
        let found = roles.iter_mut().find(|found| found.id == *role);
        let found = found.ok_or_else(Failure::not_found)?;
        if found.position != position {
            // Both where it comes from and where it goes to are below the actor.
            act.manages(found)?;
            found.position = position;
            act.manages(found)?;
            moved.push(found.clone());
        }
    }
    roles.sort_unstable_by_key(|role| role.position);
    if moved.is_empty() {
        return Ok(roles);
    }
    roles::move_to(&mut act.work, &act.granted, &moved).await?;
    let order: Vec<_> = moved
        .iter()
        .map(|role| json!({ "id": role.id, "position": role.position }))
        .collect();
    let (actor, changes) = (act.actor.user, json!({ "roles": order }));
    act.work
        .audit(guild, actor, AuditAction::RolesReorder, None, changes, None)
        .await?;
    act.work.raise_access(guild)?;
    for role in &moved {
        tell(&mut act.work, EventKind::GuildRoleUpdate, role)?;
    }
    act.finish(publisher).await?;
    Ok(roles)
}
