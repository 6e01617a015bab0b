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
    /// The new values, by field.
    #[schema(value_type = Object)]
    pub changes: serde_json::Value,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}
