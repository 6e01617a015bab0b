use kith_types::{GuildId, Permissions, RoleId, RoleName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A set of rights that members of a guild can have. The everyone role has its guild's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Role {
    pub id: RoleId,
    pub guild_id: GuildId,
    pub name: String,
    /// 0xRRGGBB, none for the default colour.
    pub color: Option<i32>,
    /// Higher stands above; everyone is at 0.
    pub position: i32,
    pub permissions: Permissions,
    /// Whether its members stand apart in the member list.
    pub hoist: bool,
    /// Whether anybody may mention it.
    pub mentionable: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    pub name: RoleName,
    #[serde(default)]
    pub color: Option<i32>,
    #[serde(default)]
    pub permissions: Permissions,
    #[serde(default)]
    pub hoist: bool,
    #[serde(default)]
    pub mentionable: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRole {
    #[serde(default)]
    pub name: Option<RoleName>,
    #[serde(default, deserialize_with = "crate::double_option")]
    #[schema(value_type = Option<i32>)]
    pub color: Option<Option<i32>>,
    #[serde(default)]
    pub permissions: Option<Permissions>,
    #[serde(default)]
    pub hoist: Option<bool>,
    #[serde(default)]
    pub mentionable: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RolePosition {
    pub id: RoleId,
    /// From 1.
    pub position: i32,
}

/// New places for some roles of a guild, all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReorderRoles {
    pub roles: Vec<RolePosition>,
}
