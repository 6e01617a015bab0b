use std::marker::PhantomData;

use kith_types::{ChannelId, GuildId, Permissions, Timestamp, UserId};

use crate::{ChannelAccess, ChannelPlace, MemberFacts, channel_permissions, guild_permissions};

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The place must not be seen: answered as if it did not exist.
    #[error("not found")]
    Hidden,
    /// The place may be seen, the right is missing.
    #[error("the right {} is missing", names(*.0))]
    Missing(Permissions),
    /// The act would open a channel to somebody further than the actor's own rights there reach.
    #[error("the right {} is missing in a channel where this role counts", names(*.0))]
    MissingInChannel(Permissions),
    /// It is never possible in a direct message.
    #[error("not possible in a direct message")]
    NotInDirect,
    /// One of the two people has blocked the other.
    #[error("one of you has blocked the other")]
    Blocked,
    /// Only the guild's owner may do this.
    #[error("only the owner may do this")]
    NotOwner,
}

fn names(permissions: Permissions) -> String {
    let names: Vec<_> = permissions.iter_names().map(|(name, _)| name).collect();
    names.join(", ")
}

mod sealed {
    pub trait Sealed {}
}

/// Something that can be permitted. The types that implement it are all there is.
pub trait Right: sealed::Sealed {
    /// The permissions that it takes in a guild, besides seeing the place.
    const NEEDS: Permissions;
    /// Whether two people may do it in a direct message.
    const IN_DIRECT: bool = false;
    /// Whether a block between two people forbids it.
    const FORBIDDEN_WHEN_BLOCKED: bool = false;
    /// Whether only the owner may do it.
    const OWNER_ONLY: bool = false;
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident { $($item:tt)* })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name;
        impl sealed::Sealed for $name {}
        impl Right for $name { $($item)* }
    )+};
}

rights! {
    /// See that a channel exists, and what happens in it from now on.
    ViewChannel { const NEEDS: Permissions = Permissions::VIEW_CHANNEL; const IN_DIRECT: bool = true; }
    /// Read what was said before.
    ReadHistory {
        const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::READ_MESSAGE_HISTORY);
        const IN_DIRECT: bool = true;
    }
    /// Post a message, edit one's own, show that one is typing.
    SendMessage {
        const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES);
        const IN_DIRECT: bool = true;
        const FORBIDDEN_WHEN_BLOCKED: bool = true;
    }
    /// Send files with one's messages.
    AttachFiles {
        const NEEDS: Permissions = Permissions::VIEW_CHANNEL
            .union(Permissions::SEND_MESSAGES)
            .union(Permissions::ATTACH_FILES);
        const IN_DIRECT: bool = true;
        const FORBIDDEN_WHEN_BLOCKED: bool = true;
    }
    /// Delete what others wrote.
    ManageMessages { const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::MANAGE_MESSAGES); }
    /// Change or delete one channel.
    ManageChannel { const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::MANAGE_CHANNELS); }
    /// Change one channel's overwrites.
    ManageOverwrites { const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::MANAGE_ROLES); }
    /// Be in a voice channel and hear the others.
    ConnectVoice { const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::CONNECT); }
    /// Silence in a voice channel who is below oneself.
    MuteMembers { const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::MUTE_MEMBERS); }
    /// Keep who is below oneself from hearing what is said in a voice channel.
    DeafenMembers { const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::DEAFEN_MEMBERS); }
    /// Take who is below oneself out of a voice channel, or into another one.
    MoveMembers { const NEEDS: Permissions = Permissions::VIEW_CHANNEL.union(Permissions::MOVE_MEMBERS); }
    /// Be in a guild: see its name, roles and members.
    TakePart { const NEEDS: Permissions = Permissions::empty(); }
    /// Create and order channels.
    ManageChannels { const NEEDS: Permissions = Permissions::MANAGE_CHANNELS; }
    /// Change the guild; see and revoke its invites.
    ManageGuild { const NEEDS: Permissions = Permissions::MANAGE_GUILD; }
    /// Create, change, delete and assign roles below one's own.
    ManageRoles { const NEEDS: Permissions = Permissions::MANAGE_ROLES; }
    /// Send members below oneself away.
    KickMembers { const NEEDS: Permissions = Permissions::KICK_MEMBERS; }
    /// Send people away for good, see who was, and forgive.
    BanMembers { const NEEDS: Permissions = Permissions::BAN_MEMBERS; }
    /// Silence members below oneself for a while.
    ModerateMembers { const NEEDS: Permissions = Permissions::MODERATE_MEMBERS; }
    /// Change one's own nickname.
    ChangeNickname { const NEEDS: Permissions = Permissions::CHANGE_NICKNAME; }
    /// Change the nicknames of members below oneself.
    ManageNicknames { const NEEDS: Permissions = Permissions::MANAGE_NICKNAMES; }
    /// Invite others.
    CreateInvite { const NEEDS: Permissions = Permissions::CREATE_INVITE; }
    /// Read the audit log.
    ViewAuditLog { const NEEDS: Permissions = Permissions::VIEW_AUDIT_LOG; }
    /// Delete the guild.
    OwnGuild { const NEEDS: Permissions = Permissions::empty(); const OWNER_ONLY: bool = true; }
}

/// The proof that a user may do `R` in one place. Only [`require`] and [`require_in_guild`] make it, so an
/// operation that takes it cannot be called without the decision.
#[derive(Debug)]
pub struct Granted<R> {
    user: UserId,
    guild: Option<GuildId>,
    channel: Option<ChannelId>,
    access_version: Option<i64>,
    permissions: Permissions,
    right: PhantomData<R>,
}

impl<R> Granted<R> {
    /// Who may.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The guild that it happens in; none for a direct message.
    pub fn guild(&self) -> Option<GuildId> {
        self.guild
    }

    /// The channel that it happens in; none for an act on the guild.
    pub fn channel(&self) -> Option<ChannelId> {
        self.channel
    }

    /// The guild's `access_version` that the decision rests on; a write requires it unchanged.
    pub fn access_version(&self) -> Option<i64> {
        self.access_version
    }

    /// All that the user may do there.
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }
}

/// What two people may do in their direct message.
const IN_DIRECT: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::ATTACH_FILES)
    .union(Permissions::READ_MESSAGE_HISTORY);

/// Decides whether a user may do `R` in a channel. `None` means that there is no such channel, or that the user
/// has no part in it: both are [`Denied::Hidden`].
pub fn require<R: Right>(
    access: Option<&ChannelAccess>,
    now: Timestamp,
) -> Result<Granted<R>, Denied> {
    let access = access.ok_or(Denied::Hidden)?;
    match &access.place {
        ChannelPlace::Guild { member, overwrites } => {
            let permissions = channel_permissions(member, overwrites, now);
            if permissions.is_empty() {
                return Err(Denied::Hidden);
            }
            decide(member, permissions, Some(access.channel))
        }
        ChannelPlace::Direct(_) if !R::IN_DIRECT => Err(Denied::NotInDirect),
        ChannelPlace::Direct(direct) if R::FORBIDDEN_WHEN_BLOCKED && direct.blocked => {
            Err(Denied::Blocked)
        }
        ChannelPlace::Direct(direct) => Ok(Granted {
            user: direct.user,
            guild: None,
            channel: Some(access.channel),
            access_version: None,
            permissions: IN_DIRECT,
            right: PhantomData,
        }),
    }
}

/// Decides whether a user may do `R` in a guild as a whole. `None` means: not a member.
pub fn require_in_guild<R: Right>(
    member: Option<&MemberFacts>,
    now: Timestamp,
) -> Result<Granted<R>, Denied> {
    let member = member.ok_or(Denied::Hidden)?;
    decide(member, guild_permissions(member, now), None)
}

fn decide<R: Right>(
    member: &MemberFacts,
    permissions: Permissions,
    channel: Option<ChannelId>,
) -> Result<Granted<R>, Denied> {
    if R::OWNER_ONLY && !member.is_owner() {
        return Err(Denied::NotOwner);
    }
    let missing = R::NEEDS.difference(permissions);
    if !missing.is_empty() {
        return Err(Denied::Missing(missing));
    }
    Ok(Granted {
        user: member.user,
        guild: Some(member.guild),
        channel,
        access_version: Some(member.access_version),
        permissions,
        right: PhantomData,
    })
}
