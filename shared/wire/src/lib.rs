//! What stands between Kith and the world: REST bodies, gateway frames, error codes. A change here is a change
//! for every client. Request bodies refuse unknown fields; frames and dispatches tolerate them, so that two
//! versions can run side by side.

mod accounts;
mod admin;
mod audit;
mod channels;
mod error;
mod federation;
mod files;
mod gateway;
mod guilds;
mod invites;
mod members;
mod messages;
mod presence;
mod roles;
mod search;
mod voice;

pub use accounts::{
    AuthSession, Block, ChangePassword, Login, LoginPassword, Refresh, Register, Session, Tokens,
    UpdateMe, User, UserKind,
};
pub use admin::{
    InstanceAuditAction, InstanceAuditEntry, Peer, PeerRule, PeerRuleKind, PeerStanding, PutPeer,
    PutPeerRule,
};
pub use audit::{AuditAction, AuditEntry, differences};
pub use channels::{
    Acknowledge, Channel, ChannelKind, ChannelPosition, CreateChannel, OpenDirect, Overwrite,
    OverwriteKind, PutOverwrite, ReadState, ReorderChannels, UpdateChannel,
};
pub use error::{ErrorBody, ErrorCode, ErrorDetail, ErrorEnvelope};
pub use federation::{
    FEDERATION_FEATURES, FEDERATION_VERSIONS, InstanceDocument, InstanceKey, PeerHello,
    PeerWelcome, RemoteProfile, Software,
};
pub use files::{Attachment, FileStatus};
pub use gateway::{
    BlockChange, ChannelChange, ChannelDelete, ClientFrame, CloseCode, DispatchKind, GuildAway,
    GuildChange, GuildDelete, GuildPermissions, GuildSnapshot, GuildStub, Heartbeat, Hello,
    Identify, InvalidSession, MemberChange, MemberRemove, MessageChange, MessageDelete, Op,
    PermissionsUpdate, PresenceSettingsChange, ReadStateUpdate, Ready, Resume, RoleChange,
    RoleDelete, ServerFrame, TypingStart, UserChange, VoiceStateChange,
};
pub use guilds::{CreateGuild, Guild, UpdateGuild};
pub use invites::{CreateInvite, Invite, InvitePreview};
pub use members::{Ban, Member, PutBan, UpdateMember};
pub use messages::{CreateMessage, EditMessage, Message, MessageKind};
pub use presence::{
    ChosenStatus, CustomStatus, GuildMembers, MemberRange, Presence, PresenceSettings,
    RequestFailed, RequestMembers, SetCustomStatus, SetPresence, Status, UpdatePresence,
};
pub use roles::{CreateRole, ReorderRoles, Role, RolePosition, UpdateRole};
pub use search::{FoundMessage, FoundMessages, Piece, SearchMark};
pub use voice::{JoinVoice, ModerateVoice, UpdateVoice, VoiceSetup, VoiceState, VoiceTicket};

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// Every answer that is not an error: `{"data": …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Data<T> {
    pub data: T,
}

/// A part of a list: `{"data": […], "has_more": …}`. It may be shorter than was asked for, since it is bounded in bytes too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Paged<T> {
    pub data: Vec<T>,
    /// Whether there are more behind the last one (before the first one, where the newest come last). A short page is no end.
    pub has_more: bool,
}

/// The most bytes of a page, as JSON: two of the largest messages, and a hundred of usual ones. To write it takes a process no longer
/// than others can wait. One entry is always there.
pub const PAGE_BYTES: usize = 128 * 1024;
/// What a message has at most, as JSON, with whom it mentions and what is attached: it follows from the bounds of its parts.
pub const MESSAGE_BYTES: usize = 64 * 1024;

/// How many bytes something has as JSON.
pub fn json_bytes<T: Serialize + ?Sized>(value: &T) -> usize {
    let mut count = Count(0);
    // Counting does not fail; what cannot be JSON is sent to nobody.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

/// Counts what is written to it.
struct Count(usize);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// For a field that may be left out (no change), set to null (cleared) or set to a value.
fn double_option<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
