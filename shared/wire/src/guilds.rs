use kith_types::{FileId, GuildId, GuildName, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Guild {
    pub id: GuildId,
    pub name: String,
    pub owner_id: UserId,
    /// The domain of the instance that the guild is of.
    #[serde(default)]
    #[schema(required)]
    pub home: String,
    /// Its picture, at `/api/v1/guilds/{id}/icon/{icon}`: a new one has a new id.
    #[serde(default)]
    #[schema(required)]
    pub icon: Option<FileId>,
    pub created_at: Timestamp,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGuild {
    pub name: GuildName,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateGuild {
    #[serde(default)]
    pub name: Option<GuildName>,
}
