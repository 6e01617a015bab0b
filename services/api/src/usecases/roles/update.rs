use kith_events::EventKind;
use kith_policy::{ManageRoles, MemberFacts};
use kith_store::{Store, roles};
use kith_types::RoleId;
use kith_wire::{AuditAction, Role, UpdateRole};
use serde_json::{Map, json};

use super::{check_color, find, not_everyone, tell::tell};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::{Act, Weight};

/// Changes a role below one's own, by rights that one holds.
pub(crate) async fn update(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    role: RoleId,
    body: &UpdateRole,
) -> Result<Role, Failure> {
    check_color(body.color.flatten())?;
    let mut act = Act::<ManageRoles>::begin(store, member).await?;
    let guild = act.guild();
    let roles = roles::list(act.work.tx(), guild).await?;
    let before = find(&roles, role)?;
    act.manages(before)?;
    if body.name.is_some() || body.color.is_some() || body.hoist.is_some() {
        not_everyone(guild, role)?;
    }
    let after = changed(before, body);
    act.grants(before.permissions, after.permissions)?;
    if after == *before {
        return Ok(after);
    }
    let weight = Weight::before(&mut act.work, guild).await?;
    roles::update(&mut act.work, &act.granted, &after).await?;
    weight.check(&mut act.work).await?;
    let (actor, target) = (act.actor.user, Some(role.uuid()));
    let changes = differences(before, &after).into();
    act.work
        .audit(guild, actor, AuditAction::RoleUpdate, target, changes, None)
        .await?;
    act.work.raise_access(guild)?;
    tell(&mut act.work, EventKind::GuildRoleUpdate, &after)?;
    act.finish(publisher).await?;
    Ok(after)
}

fn changed(before: &Role, body: &UpdateRole) -> Role {
    Role {
        name: body
            .name
            .as_ref()
            .map_or_else(|| before.name.clone(), |name| name.as_str().to_owned()),
        color: body.color.unwrap_or(before.color),
        permissions: body.permissions.unwrap_or(before.permissions),
        hoist: body.hoist.unwrap_or(before.hoist),
        mentionable: body.mentionable.unwrap_or(before.mentionable),
        ..before.clone()
    }
}

/// The new values of the fields that changed.
fn differences(before: &Role, after: &Role) -> Map<String, serde_json::Value> {
    let fields = [
        ("name", json!(before.name), json!(after.name)),
        ("color", json!(before.color), json!(after.color)),
        (
            "permissions",
            json!(before.permissions),
            json!(after.permissions),
        ),
        ("hoist", json!(before.hoist), json!(after.hoist)),
        (
            "mentionable",
            json!(before.mentionable),
            json!(after.mentionable),
        ),
    ];
    fields
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, _, after)| (field.to_owned(), after))
        .collect()
}
