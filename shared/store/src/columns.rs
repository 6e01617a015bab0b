//! How columns and the types of the contracts become each other.

use kith_types::Timestamp;
use kith_wire::{ChannelKind, ChosenStatus, User, UserKind};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::StoreError;

/// `users.kind`
pub(crate) fn user_kind(column: i16) -> Result<UserKind, StoreError> {
    match column {
        0 => Ok(UserKind::Human),
        1 => Ok(UserKind::Bot),
        2 => Ok(UserKind::Deleted),
        _ => Err(StoreError::Corrupt("users.kind")),
    }
}

/// `users.presence_status`
pub(crate) fn chosen_status(column: i16) -> Result<ChosenStatus, StoreError> {
    match column {
        0 => Ok(ChosenStatus::Online),
        1 => Ok(ChosenStatus::Idle),
        2 => Ok(ChosenStatus::Dnd),
        3 => Ok(ChosenStatus::Invisible),
        _ => Err(StoreError::Corrupt("users.presence_status")),
    }
}

/// `users.presence_status`
pub(crate) fn chosen_status_column(status: ChosenStatus) -> i16 {
    match status {
        ChosenStatus::Online => 0,
        ChosenStatus::Idle => 1,
        ChosenStatus::Dnd => 2,
        ChosenStatus::Invisible => 3,
    }
}

/// `channels.kind`
pub(crate) fn channel_kind(column: i16) -> Result<ChannelKind, StoreError> {
    match column {
        0 => Ok(ChannelKind::Text),
        1 => Ok(ChannelKind::Direct),
        2 => Ok(ChannelKind::Category),
        3 => Ok(ChannelKind::Voice),
        _ => Err(StoreError::Corrupt("channels.kind")),
    }
}

/// `channels.kind`
pub(crate) fn channel_kind_column(kind: ChannelKind) -> i16 {
    match kind {
        ChannelKind::Text => 0,
        ChannelKind::Direct => 1,
        ChannelKind::Category => 2,
        ChannelKind::Voice => 3,
    }
}

/// A user from the columns that every statement about users reads. `home` is the domain of the instance in `users.origin`.
pub(crate) fn user(
    id: Uuid,
    username: String,
    display_name: String,
    kind: i16,
    home: String,
    avatar: Option<Uuid>,
) -> Result<User, StoreError> {
    Ok(User {
        id: id.into(),
        username,
        display_name,
        kind: user_kind(kind)?,
        home,
        avatar: avatar.map(Into::into),
    })
}

/// A moment as a statement's parameter.
pub(crate) fn moment(at: Timestamp) -> OffsetDateTime {
    at.into()
}
