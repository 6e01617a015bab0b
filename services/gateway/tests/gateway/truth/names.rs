//! Ids, by small numbers.

use kith_types::{ChannelId, GuildId, RoleId, SessionId, UserId};
use uuid::Uuid;

/// A person, by a small number.
pub(crate) fn user(number: u8) -> UserId {
    Uuid::from_u128(0x1000 + u128::from(number)).into()
}

/// The log-in session of a person; its access token is `token(number)`.
pub(crate) fn login(number: u8) -> SessionId {
    Uuid::from_u128(0x2000 + u128::from(number)).into()
}

pub(crate) fn token(number: u8) -> String {
    format!("token of {number}")
}

pub(crate) fn guild(number: u8) -> GuildId {
    Uuid::from_u128(0x3000 + u128::from(number) * 0x100).into()
}

/// Role 0 is everyone's.
pub(crate) fn role(of: u8, number: u8) -> RoleId {
    Uuid::from_u128(0x3000 + u128::from(of) * 0x100 + u128::from(number)).into()
}

pub(crate) fn channel(of: u8, number: u8) -> ChannelId {
    Uuid::from_u128(0x9000 + u128::from(of) * 0x100 + u128::from(number)).into()
}

/// Two people's direct message.
pub(crate) const DIRECT: u8 = 99;
