use kith_types::{FileId, GuildId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::User;

/// A way into a guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    pub code: String,
    pub guild_id: GuildId,
    pub creator: User,
    /// None for as many as like.
    pub max_uses: Option<i32>,
    pub uses: i32,
    /// None for never.
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvite {
    /// 1 to 1000; as many as like if left out.
    #[serde(default)]
    pub max_uses: Option<i32>,
    /// Seconds, 60 to 2,592,000 (30 days); 7 days if left out, null for never.
    #[serde(default = "one_week")]
    pub max_age: Option<i64>,
    /// A new one in any case. Else you get the one that you have made with the same limits, if at least half of its time and all of
    /// its uses are left.
    #[serde(default)]
    pub unique: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
fn one_week() -> Option<i64> {
    Some(7 * 24 * 3600)
}

/// What somebody who was given a code sees before they accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InvitePreview {
    pub code: String,
    pub guild_id: GuildId,
    pub guild_name: String,
    /// The guild's picture, at `/api/v1/invites/{code}/icon/{icon}` for who is no member yet.
    pub guild_icon: Option<FileId>,
    /// Who made the invite.
    pub inviter: User,
    pub member_count: i64,
    pub expires_at: Option<Timestamp>,
}
