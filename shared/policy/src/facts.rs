use kith_types::{ChannelId, GuildId, Permissions, RoleId, Timestamp, UserId};

/// What a decision needs to know of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleFacts {
    pub id: RoleId,
    /// Higher stands above; the everyone role is at 0.
    pub position: i32,
    pub permissions: Permissions,
}

/// Whom an overwrite is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OverwriteTarget {
    Role(RoleId),
    Member(UserId),
}

/// A channel's exception for a role or a member. `allow` wins over `deny` of the same level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overwrite {
    pub target: OverwriteTarget,
    pub allow: Permissions,
    pub deny: Permissions,
}

/// A user as a member of a guild. Who is not a member has no facts, and so no access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFacts {
    pub user: UserId,
    pub guild: GuildId,
    pub owner: UserId,
    /// The member's roles and the everyone role, in any order.
    pub roles: Vec<RoleFacts>,
    pub timed_out_until: Option<Timestamp>,
    /// The guild's `access_version` when the facts were read.
    pub access_version: i64,
}

impl MemberFacts {
    /// Whether the guild is theirs.
    pub fn is_owner(&self) -> bool {
        self.user == self.owner
    }

    /// The position of their highest role; 0 is the everyone role's.
    pub fn highest_position(&self) -> i32 {
        self.roles
            .iter()
            .map(|role| role.position)
            .max()
            .unwrap_or(0)
    }
}

/// A user and a direct message between two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectFacts {
    pub user: UserId,
    pub peer: UserId,
    /// Whether either has blocked the other.
    pub blocked: bool,
}

/// Where a channel is, and what the user is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelPlace {
    Guild {
        member: MemberFacts,
        overwrites: Vec<Overwrite>,
    },
    Direct(DirectFacts),
}

/// Everything that a decision about one user and one channel needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelAccess {
    pub channel: ChannelId,
    pub place: ChannelPlace,
}
