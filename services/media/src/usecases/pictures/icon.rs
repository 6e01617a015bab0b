use kith_events::{Aggregate, EventKind, Scope};
use kith_policy::{Denied, Granted, ManageGuild, MemberFacts, require_in_guild};
use kith_store::pictures::{NewPicture, PictureKind, set_icon};
use kith_store::{guilds, members};
use kith_types::GuildId;
use kith_wire::{AuditAction, Guild, GuildChange, differences};

use super::take::{give_up, nudge, store, take};
use crate::usecases::incoming::Incoming;
use crate::{Core, Failure};

/// Gives a guild the picture that a member sends who may change it.
pub(crate) async fn put_icon(
    core: &Core,
    member: Option<&MemberFacts>,
    mut incoming: Incoming,
) -> Result<Guild, Failure> {
    let taken = async {
        let granted = require_in_guild::<ManageGuild>(member, core.store.now())?;
        Ok::<_, Failure>((granted, take(core, &mut incoming).await?))
    };
    let taken = taken.await;
    let (granted, made) = match taken {
        Ok(taken) => taken,
        Err(failure) => {
            incoming.drain(core.bounds).await;
            return Err(failure);
        }
    };
    let picture = store(core, PictureKind::Icon, granted.user(), made).await?;
    let changed = change(core, granted, Some(&picture)).await;
    if changed.is_err() {
        give_up(core, picture.id).await;
    }
    changed
}

/// Takes a guild's picture away.
pub(crate) async fn remove_icon(core: &Core, member: Option<&MemberFacts>) -> Result<(), Failure> {
    let granted = require_in_guild::<ManageGuild>(member, core.store.now())?;
    change(core, granted, None).await?;
    Ok(())
}

/// Under the guild's lock, and decided anew if rights have changed while the picture came.
async fn change(
    core: &Core,
    mut granted: Granted<ManageGuild>,
    picture: Option<&NewPicture>,
) -> Result<Guild, Failure> {
    let id: GuildId = granted.guild().ok_or(Denied::Hidden)?;
    let mut work = core.store.begin(&[Aggregate::Guild(id)]).await?;
    if work.require_unchanged(&granted).is_err() {
        let fresh = members::facts(work.tx(), id, granted.user()).await?;
        granted = require_in_guild::<ManageGuild>(fresh.as_ref(), work.now())?;
    }
    let before = guilds::find(work.tx(), id).await?.ok_or(Denied::Hidden)?;
    let guild = set_icon(&mut work, &granted, picture).await?;
    let (actor, changes) = (granted.user(), differences(&before, &guild, &["icon"]));
    let target = Some(id.uuid());
    work.audit(id, actor, AuditAction::GuildUpdate, target, changes, None)
        .await?;
    let told = guild.clone();
    work.emit(Scope::Guild(id), EventKind::GuildUpdate, |event_id, rev| {
        GuildChange {
            event_id,
            rev,
            guild: told,
        }
    })?;
    work.commit_for_relay().await?;
    nudge(core).await;
    Ok(guild)
}
