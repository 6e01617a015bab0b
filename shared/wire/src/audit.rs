use kith_types::{AuditEntryId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::User;

/// What was done.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AuditAction {
    GuildUpdate,
    ChannelCreate,
    ChannelUpdate,
    ChannelDelete,
    ChannelsReorder,
    OverwritePut,
    OverwriteDelete,
    RoleCreate,
    RoleUpdate,
    RoleDelete,
    RolesReorder,
    MemberUpdate,
    MemberRoleAdd,
    MemberRoleRemove,
    MemberKick,
    MemberBan,
    MemberUnban,
    InviteCreate,
    InviteRevoke,
    MessageDelete,
    VoiceMute,
    VoiceDeafen,
    VoiceMove,
    VoiceDisconnect,
}

/// One administrative act. Never holds what somebody wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub actor: User,
    pub action: AuditAction,
    /// The id of what it was done to.
    pub target_id: Option<String>,
    /// By field: of what was changed `{"old": …, "new": …}`, of what was made or done the value. Entries of before 2026-12 have the
    /// new value only.
    #[schema(value_type = Object)]
    pub changes: serde_json::Value,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}

/// For [`AuditEntry::changes`]: those of the fields that differ, with both values.
pub fn differences<T: Serialize>(before: &T, after: &T, fields: &[&str]) -> serde_json::Value {
    let read = |of: &T| serde_json::to_value(of).unwrap_or_default();
    let (before, after) = (read(before), read(after));
    let differing = fields
        .iter()
        .filter(|field| before[**field] != after[**field]);
    let changes = differing.map(|field| {
        let change = serde_json::json!({ "old": before[*field], "new": after[*field] });
        ((*field).to_owned(), change)
    });
    changes.collect::<serde_json::Map<_, _>>().into()
}
