//! What instances say to each other. Unknown fields are tolerated, so that two versions can talk.

use kith_types::{DisplayName, Domain, Timestamp, UserId, Username};
use serde::{Deserialize, Serialize};

use crate::UserKind;

/// The versions of the protocol between instances that this program speaks.
pub const FEDERATION_VERSIONS: &[u32] = &[1];
/// What it can do beyond the hello.
pub const FEDERATION_FEATURES: &[&str] = &["profiles"];

/// The program that an instance runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    pub name: String,
    pub version: String,
}

/// A key that an instance signs with, or will soon, or did until a moment ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceKey {
    /// What follows `#` in a signature's `keyid`.
    pub id: String,
    /// `ed25519`
    pub algorithm: String,
    /// The 32 bytes in base 64.
    pub public_key: String,
    /// Nothing that is signed with it counts from then on.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// `/.well-known/kith`: who an instance is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceDocument {
    pub domain: Domain,
    pub software: Software,
    pub versions: Vec<u32>,
    pub features: Vec<String>,
    pub keys: Vec<InstanceKey>,
}

/// `POST /federation/v1/hello`: who asks, whom, and what they can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerHello {
    /// As in the header `Kith-Origin`.
    pub origin: Domain,
    /// As in the header `Kith-Destination`.
    pub destination: Domain,
    pub software: Software,
    pub versions: Vec<u32>,
    pub features: Vec<String>,
}

/// The answer to a hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerWelcome {
    pub domain: Domain,
    pub software: Software,
    /// The highest version that both speak.
    pub version: u32,
    /// What both can do.
    pub features: Vec<String>,
}

/// `GET /federation/v1/users?name=` and `GET /federation/v1/users/{user}`: a user of the instance that is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteProfile {
    /// The id at home; elsewhere the user has another one.
    pub id: UserId,
    /// The domain that the user is of: the one that was asked.
    pub home: Domain,
    pub username: Username,
    pub display_name: DisplayName,
    pub kind: UserKind,
}
