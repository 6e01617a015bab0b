use axum::extract::State;
use kith_http::{ApiError, Path, Query, Reply};
use kith_store::peers;
use kith_types::{DisplayName, UserId, Username};
use kith_wire::{RemoteProfile, User};
use serde::Deserialize;

use crate::Core;
use crate::inbound::{Signed, store_failed};

#[derive(Deserialize)]
pub(super) struct Named {
    name: Username,
}

/// The user of this instance with that name, for another instance.
pub(super) async fn by_name(
    State(core): State<Core>,
    Query(named): Query<Named>,
    _: Signed,
) -> Result<Reply<RemoteProfile>, ApiError> {
    let found = peers::local_by_name(&core.store, &named.name).await;
    described(&core, found.map_err(store_failed)?)
}

/// The user of this instance with that id, for another instance.
pub(super) async fn by_id(
    State(core): State<Core>,
    Path(user): Path<UserId>,
    _: Signed,
) -> Result<Reply<RemoteProfile>, ApiError> {
    let found = peers::local_by_id(&core.store, user).await;
    described(&core, found.map_err(store_failed)?)
}

fn described(core: &Core, user: Option<User>) -> Result<Reply<RemoteProfile>, ApiError> {
    let user = user.ok_or_else(ApiError::not_found)?;
    Ok(Reply::ok(RemoteProfile {
        id: user.id,
        home: core.domain.clone(),
        username: Username::parse(&user.username).map_err(ApiError::internal)?,
        // Names from before a rule came are still theirs here; elsewhere they are called by their user name until they change it.
        display_name: DisplayName::parse(&user.display_name)
            .or_else(|_| DisplayName::parse(&user.username))
            .map_err(ApiError::internal)?,
        kind: user.kind,
    }))
}
