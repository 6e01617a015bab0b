//! Who may do what: pure functions from facts to a verdict. Everything that decides access calls this crate
//! and nothing else does.
//!
//! The rules are Discord's. A guild's owner may do everything. Otherwise a member has the union of the rights of
//! their roles, `ADMINISTRATOR` among them means everything, and a channel's overwrites change the rest in the
//! order everyone, roles, member. Who may not view a place may do nothing in it. A member who is timed out
//! may only view and read.

mod compute;
mod facts;
mod hierarchy;
mod invites;
mod peers;
mod pictures;
mod rights;
mod voice;

pub use compute::{channel_permissions, guild_permissions};
pub use facts::{
    ChannelAccess, ChannelPlace, DirectFacts, MemberFacts, Overwrite, OverwriteTarget, RoleFacts,
};
pub use hierarchy::{
    RoleChange, Target, beyond_in_channel, may_act_on, may_change_overwrite, may_change_roles_of,
    may_grant, may_manage_role,
};
pub use invites::{Invitation, NotInvited, may_see_invite};
pub use peers::{PeerDenied, PeerMode, PeerStanding, RuleKind, may_speak_with};
pub use pictures::{Acquaintance, may_see_avatar};
pub use rights::{
    AttachFiles, BanMembers, ChangeNickname, ConnectVoice, CreateInvite, DeafenMembers, Denied,
    Granted, KickMembers, ManageChannel, ManageChannels, ManageGuild, ManageMessages,
    ManageNicknames, ManageOverwrites, ManageRoles, ModerateMembers, MoveMembers, MuteMembers,
    OwnGuild, ReadHistory, Right, SendMessage, TakePart, ViewAuditLog, ViewChannel, require,
    require_in_guild,
};
pub use voice::{Restraints, VoiceRights};
