//! What administrators of the instance see and do.

use kith_types::{AuditEntryId, Domain, DomainPattern, Reason, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::User;

/// What was decided about another instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeerStanding {
    Active,
    /// Nothing goes in or out.
    Suspended,
    /// As suspended, and what was known of its people is forgotten.
    Blocked,
}

/// Another instance, as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Peer {
    pub domain: Domain,
    pub standing: PeerStanding,
    /// Why it stands so.
    pub reason: Option<String>,
    /// Whether this instance speaks with it: its standing, the rules and the mode of the configuration together.
    pub allowed: bool,
    /// Name and version of its program, as it says itself.
    pub software: Option<String>,
    /// Of the protocol, as agreed in the last hello.
    pub version: Option<i32>,
    /// What both can do.
    pub features: Vec<String>,
    /// When its document was read last.
    pub discovered_at: Option<Timestamp>,
    /// When it answered a hello last, or sent one.
    pub greeted_at: Option<Timestamp>,
    /// How often in a row it could not be asked.
    pub failures: i32,
    /// Why, the last time: a word of a closed list.
    pub last_error: Option<String>,
    /// When it is tried again.
    pub retry_at: Option<Timestamp>,
}

/// Decides how another instance stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPeer {
    pub standing: PeerStanding,
    #[serde(default)]
    pub reason: Option<Reason>,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeerRuleKind {
    /// For `federation.mode = "allowlist"`.
    Allow,
    /// Wins over every `allow`.
    Deny,
}

/// A rule about the instances that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PeerRule {
    pub pattern: DomainPattern,
    pub kind: PeerRuleKind,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}

/// Makes a rule, or changes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPeerRule {
    pub kind: PeerRuleKind,
    #[serde(default)]
    pub reason: Option<Reason>,
}

/// What an administrator of the instance did.
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
pub enum InstanceAuditAction {
    PeerStanding,
    PeerRulePut,
    PeerRuleRemove,
}

/// One act of an administrator of the instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InstanceAuditEntry {
    pub id: AuditEntryId,
    pub actor: User,
    pub action: InstanceAuditAction,
    /// The domain or the pattern that it was done to.
    pub target: String,
    /// The new values, by field.
    #[schema(value_type = Object)]
    pub changes: serde_json::Value,
    pub reason: Option<String>,
    pub created_at: Timestamp,
}
