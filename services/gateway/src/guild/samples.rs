//! A small guild for tests.

use kith_events::rpc::GuildDescription;
use kith_types::{ChannelId, GuildId, Permissions, RoleId, Timestamp, UserId};
use kith_wire::{Channel, ChannelKind, Guild, Role};
use uuid::Uuid;

pub(crate) const GUILD: u128 = 100;

pub(crate) fn guild_id() -> GuildId {
    Uuid::from_u128(GUILD).into()
}

/// Role 0 is everyone's.
pub(crate) fn role_id(number: u8) -> RoleId {
    Uuid::from_u128(GUILD + u128::from(number)).into()
}

pub(crate) fn user_id(number: u8) -> UserId {
    Uuid::from_u128(200 + u128::from(number)).into()
}

pub(crate) fn channel_id(number: u8) -> ChannelId {
    Uuid::from_u128(300 + u128::from(number)).into()
}

/// A guild of user 0 with everyone's role and three others, and some channels that all may view.
pub(crate) fn description(access_version: i64, channels: u8) -> GuildDescription {
    let created_at = Timestamp::from_millis(1_795_255_200_000);
    let role = |number: u8| Role {
        id: role_id(number),
        guild_id: guild_id(),
        name: format!("role {number}"),
        color: None,
        position: i32::from(number),
        permissions: if number == 0 {
            Permissions::DEFAULT_EVERYONE
        } else {
            Permissions::empty()
        },
        hoist: false,
        mentionable: false,
    };
    let channel = |number: u8| Channel {
        id: channel_id(number),
        guild_id: Some(guild_id()),
        kind: ChannelKind::Text,
        name: format!("channel {number}"),
        topic: String::new(),
        position: i32::from(number),
        parent_id: None,
        user_limit: None,
        overwrites: Vec::new(),
        recipients: Vec::new(),
        last_seq: 0,
        last_message_id: None,
        created_at,
    };
    GuildDescription {
        guild: Guild {
            id: guild_id(),
            name: "guild".to_owned(),
            owner_id: user_id(0),
            home: "kith.test".to_owned(),
            icon: None,
            created_at,
        },
        access_version,
        rev: 1,
        told_up_to: Some(0),
        roles: (0..4).map(role).collect(),
        channels: (0..channels).map(channel).collect(),
        member_count: 1,
        members: Vec::new(),
        viewers: Vec::new(),
        voice_states: Vec::new(),
    }
}
