use kith_events::{Aggregate, EventKind, Scope};
use kith_store::{Actor, Store, accounts};
use kith_wire::{
    CustomStatus, PresenceSettings, PresenceSettingsChange, SetCustomStatus, UpdatePresence,
};

use crate::Failure;
use crate::outbox::Publisher;

/// How one wants to be seen.
pub(crate) async fn get_presence(
    store: &Store,
    actor: &Actor,
) -> Result<PresenceSettings, Failure> {
    let found = accounts::presence(store, actor.user.id, store.now()).await?;
    found.ok_or_else(Failure::not_found)
}

/// Changes how one wants to be seen. One's own devices learn of it, and gateways, who tell others what they may see of it.
pub(crate) async fn update_presence(
    store: &Store,
    publisher: &Publisher,
    actor: &Actor,
    body: UpdatePresence,
) -> Result<PresenceSettings, Failure> {
    let user = actor.user.id;
    let mut work = store.begin(&[Aggregate::User(user)]).await?;
    let before = accounts::presence_locked(&mut work, user).await?;
    let before = before.ok_or_else(Failure::not_found)?;
    if let Some(Some(SetCustomStatus { expires_at, .. })) = &body.custom_status
        && expires_at.is_some_and(|end| end <= work.now())
    {
        let words = "must be in the future";
        return Err(Failure::field("custom_status.expires_at", words));
    }
    let custom = |set: SetCustomStatus| CustomStatus {
        text: set.text.into_string(),
        expires_at: set.expires_at,
    };
    let after = PresenceSettings {
        status: body.status.unwrap_or(before.status),
        custom_status: match body.custom_status {
            None => before.custom_status.clone(),
            Some(set) => set.map(custom),
        },
    };
    if after == before {
        return Ok(after);
    }
    accounts::set_presence(&mut work, user, &after).await?;
    let told = after.clone();
    work.emit(
        Scope::User(user),
        EventKind::PresenceSettingsUpdate,
        |event_id, rev| PresenceSettingsChange {
            event_id,
            rev,
            presence: told,
        },
    )?;
    publisher.publish(work.commit().await?);
    Ok(after)
}
