use kith_types::{
    DisplayName, FileId, Password, SessionId, Timestamp, UserId, Username, prepare_password,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    Human,
    Bot,
    /// Everything of a deleted account is gone but its place in conversations.
    Deleted,
}

/// An account as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub kind: UserKind,
    /// The domain of the instance that the account is of; the account's full name is `username@home`.
    #[serde(default)]
    #[schema(required)]
    pub home: String,
    /// Their picture, at `/api/v1/users/{id}/avatar/{avatar}`: a new one has a new id.
    #[serde(default)]
    #[schema(required)]
    pub avatar: Option<FileId>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    pub username: Username,
    pub password: Password,
    /// The user name if left out.
    #[serde(default)]
    pub display_name: Option<DisplayName>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub username: String,
    #[schema(value_type = String)]
    pub password: LoginPassword,
}

/// A password that is only compared, so its length is not checked. Its `Debug` form hides it.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct LoginPassword(String);

impl LoginPassword {
    /// The password as it is kept since passwords are prepared.
    pub fn prepared(&self) -> String {
        prepare_password(&self.0)
    }

    /// The password as it came, for hashes that are older.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for LoginPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginPassword(…)")
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    pub refresh_token: String,
}

/// The two tokens of a session. Both are opaque; the server keeps only their hashes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// `Authorization: Bearer …`
    pub access_token: String,
    /// Works once; the answer to its use brings the next one.
    pub refresh_token: String,
    /// Seconds until the access token expires.
    pub expires_in: i64,
}

/// The answer to registering and logging in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuthSession {
    pub user: User,
    pub session_id: SessionId,
    pub tokens: Tokens,
}

/// A log-in of one's own, on one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    pub id: SessionId,
    /// Whether the request that asks uses it.
    pub current: bool,
    /// The `User-Agent` at the log-in, up to 256 characters.
    pub user_agent: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    #[serde(default)]
    pub display_name: Option<DisplayName>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    #[schema(value_type = String)]
    pub current_password: LoginPassword,
    pub new_password: Password,
}

/// Somebody whom one has blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Block {
    pub user: User,
    pub created_at: Timestamp,
}
