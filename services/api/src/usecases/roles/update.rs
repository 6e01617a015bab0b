use kith_events::EventKind;
use kith_policy::{ManageRoles, MemberFacts};
use kith_store::{Store, roles};
use kith_types::{Permissions, RoleId};
use kith_wire::{AuditAction, Role, UpdateRole, differences};

use super::{check_color, find, not_everyone, tell::tell};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::channels::Sight;
use crate::usecases::guilds::{Act, Weight};

/// What is noted of a change.
const FIELDS: &[&str] = &["name", "color", "permissions", "hoist", "mentionable"];

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
    let sees =
        |role: &Role| role.permissions & (Permissions::VIEW_CHANNEL | Permissions::ADMINISTRATOR);
    let sight = if sees(&after) == sees(before) {
        None
    } else {
        Some(Sight::before(&mut act.work, guild, None).await?)
    };
    roles::update(&mut act.work, &act.granted, &after).await?;
    if let Some(sight) = sight {
        sight.begins(&mut act.work).await?;
    }
    weight.check(&mut act.work).await?;
    let (actor, target) = (act.actor.user, Some(role.uuid()));
    let changes = differences(before, &after, FIELDS);
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
