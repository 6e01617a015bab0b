use kith_events::EventKind;
use kith_policy::{ManageRoles, MemberFacts};
use kith_store::{Store, roles};
use kith_types::Permissions;
use kith_wire::{AuditAction, CreateRole, ErrorCode, Role};
use serde_json::json;

use super::{check_color, tell::tell};
use crate::Failure;
use crate::outbox::Publisher;
use crate::usecases::guilds::{Act, Weight};

fn too_many() -> Failure {
    Failure::refused(
        ErrorCode::LimitReached,
        format!(
            "the guild has {} roles, as many as it may have",
            roles::MAX_PER_GUILD
        ),
    )
}

/// Makes a role right above the everyone role; the others move up.
pub(crate) async fn create(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    body: &CreateRole,
) -> Result<Role, Failure> {
    check_color(body.color)?;
    let mut act = Act::<ManageRoles>::begin(store, member).await?;
    let guild_id = act.guild();
    act.grants(Permissions::empty(), body.permissions)?;
    let mut above = roles::list(act.work.tx(), guild_id).await?;
    if above.len() as i64 >= roles::MAX_PER_GUILD {
        return Err(too_many());
    }
    above.retain(|role| role.position > 0);
    let role = Role {
        id: act.work.mint()?,
        guild_id,
        name: body.name.as_str().to_owned(),
        color: body.color,
        // Who has no role but everyone's has none below their own either, so there is no place for a new one.
        position: 1,
        permissions: body.permissions,
        hoist: body.hoist,
        mentionable: body.mentionable,
    };
    act.manages(&Role {
        position: 0,
        ..role.clone()
    })?;
    for other in &mut above {
        other.position += 1;
    }
    let weight = Weight::before(&mut act.work, guild_id).await?;
    roles::move_to(&mut act.work, &act.granted, &above).await?;
    roles::create(&mut act.work, &act.granted, &role).await?;
    weight.check(&mut act.work).await?;
    let changes = json!({
        "name": role.name, "color": role.color, "permissions": role.permissions,
        "hoist": role.hoist, "mentionable": role.mentionable,
    });
    let (actor, target) = (act.actor.user, Some(role.id.uuid()));
    act.work
        .audit(
            guild_id,
            actor,
            AuditAction::RoleCreate,
            target,
            changes,
            None,
        )
        .await?;
    act.work.raise_access(guild_id)?;
    // Highest first, so that a client that applies them one by one never has two roles at one position.
    for other in above.iter().rev() {
        tell(&mut act.work, EventKind::GuildRoleUpdate, other)?;
    }
    tell(&mut act.work, EventKind::GuildRoleCreate, &role)?;
    act.finish(publisher).await?;
    Ok(role)
}
