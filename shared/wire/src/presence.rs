use kith_types::{GuildId, StatusText, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Member;

/// What somebody wants to be seen as while they are connected.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    ToSchema,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ChosenStatus {
    #[default]
    Online,
    /// Away from the keyboard.
    Idle,
    /// Do not disturb.
    Dnd,
    /// Others see them as offline.
    Invisible,
}

/// What others see.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    Online,
    Idle,
    Dnd,
    /// Not connected, or invisible.
    Offline,
}

/// Some words that stand beside a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomStatus {
    pub text: String,
    /// From then on it does not count any more, without a further word.
    pub expires_at: Option<Timestamp>,
}

/// How somebody wants to be seen, on all of their devices. Kept until they change it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct PresenceSettings {
    pub status: ChosenStatus,
    pub custom_status: Option<CustomStatus>,
}

/// What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePresence {
    #[serde(default)]
    pub status: Option<ChosenStatus>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "crate::double_option")]
    #[schema(value_type = Option<SetCustomStatus>)]
    pub custom_status: Option<Option<SetCustomStatus>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCustomStatus {
    pub text: StatusText,
    /// In the future; left out or null: until it is taken away.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// `PRESENCE_UPDATE`, and what `GUILD_MEMBERS` tells: how somebody is seen. Not durable: no `s`, never replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Presence {
    pub user_id: UserId,
    pub status: Status,
    /// None while they are offline.
    pub custom_status: Option<CustomStatus>,
    /// Grows with each change of the same person's.
    pub version: i64,
}

/// `PRESENCE` from a client: what this one connection is, for example `idle` when nobody touches the device.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct SetPresence {
    /// Null: what is chosen for all devices ([`PresenceSettings`]). Who has chosen to be invisible stays so, whatever is said here.
    #[serde(default)]
    pub status: Option<ChosenStatus>,
}

/// `REQUEST_MEMBERS`: asks for members by their place in the list or by name, and how they are seen from now on. One
/// question about one guild at a time counts: the next one replaces it, and one for nobody ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestMembers {
    pub guild_id: GuildId,
    /// First and last place, both included, counted from 0; members are ordered by user id. At most 5 ranges.
    #[serde(default)]
    pub ranges: Vec<(u32, u32)>,
    /// For who shows members in another order. Those who are not members are left out in the answer. At most 100, together
    /// with the places of `ranges`.
    #[serde(default)]
    pub user_ids: Vec<UserId>,
}

/// Some members, by their place in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberRange {
    /// The first one's place.
    pub start: u32,
    pub members: Vec<Member>,
}

/// `GUILD_MEMBERS`: the answer to `REQUEST_MEMBERS`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GuildMembers {
    pub guild_id: GuildId,
    /// How many members the guild has.
    pub total: i64,
    /// Whether changes of all members are told from now on; otherwise of those in the answer.
    pub whole: bool,
    pub ranges: Vec<MemberRange>,
    /// Those that were asked for by name.
    pub members: Vec<Member>,
    /// Of those whose changes are told, who is not offline. Who is not known yet follows as `PRESENCE_UPDATE`.
    pub presences: Vec<Presence>,
}

/// `REQUEST_FAILED`: what a client asked for over the gateway cannot be given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RequestFailed {
    pub op: crate::Op,
    pub guild_id: GuildId,
    pub code: crate::ErrorCode,
}
