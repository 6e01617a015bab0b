use kith_types::{GuildId, Nickname, Reason, RoleId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::User;

/// An account in a guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    pub guild_id: GuildId,
    pub user: User,
    pub nick: Option<String>,
    /// Without the everyone role.
    pub roles: Vec<RoleId>,
    pub joined_at: Timestamp,
    /// Until then they may only view and read.
    pub timed_out_until: Option<Timestamp>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMember {
    /// Null takes it away.
    #[serde(default, deserialize_with = "crate::double_option")]
    #[schema(value_type = Option<Nickname>)]
    pub nick: Option<Option<Nickname>>,
    /// At most 28 days ahead; null ends it.
    #[serde(default, deserialize_with = "crate::double_option")]
    #[schema(value_type = Option<Timestamp>)]
    pub timed_out_until: Option<Option<Timestamp>>,
}

/// Somebody who was sent away for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ban {
    pub user: User,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutBan {
    #[serde(default)]
    pub reason: Option<Reason>,
}
