use kith_events::{EventKind, Scope};
use kith_policy::{ManageGuild, MemberFacts};
use kith_store::{Store, guilds};
use kith_wire::{AuditAction, Guild, GuildChange, UpdateGuild, differences};

use super::Act;
use crate::Failure;
use crate::outbox::Publisher;

/// Changes the guild's own fields.
pub(crate) async fn update(
    store: &Store,
    publisher: &Publisher,
    member: Option<MemberFacts>,
    body: &UpdateGuild,
) -> Result<Guild, Failure> {
    let mut act = Act::<ManageGuild>::begin(store, member).await?;
    let id = act.guild();
    let mut guild = guilds::find(act.work.tx(), id)
        .await?
        .ok_or_else(Failure::not_found)?;
    let name = body
        .name
        .as_ref()
        .filter(|name| name.as_str() != guild.name);
    let Some(name) = name else {
        return Ok(guild);
    };
    guilds::rename(&mut act.work, &act.granted, name).await?;
    let before = guild.clone();
    guild.name = name.as_str().to_owned();
    let (actor, changes) = (act.actor.user, differences(&before, &guild, &["name"]));
    act.work
        .audit(
            id,
            actor,
            AuditAction::GuildUpdate,
            Some(id.uuid()),
            changes,
            None,
        )
        .await?;
    act.work
        .emit(Scope::Guild(id), EventKind::GuildUpdate, |event_id, rev| {
            GuildChange {
                event_id,
                rev,
                guild: guild.clone(),
            }
        })?;
    act.finish(publisher).await?;
    Ok(guild)
}
