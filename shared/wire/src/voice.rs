use kith_types::{ChannelId, GuildId, Timestamp, UserId, VoiceConnectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What there is of voice on this instance.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VoiceSetup {
    /// Whether a LiveKit server is set up: without one nobody can join a voice channel.
    pub is_configured: bool,
}

/// Somebody in a voice channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mark of its own that clients show"
)]
pub struct VoiceState {
    pub guild_id: GuildId,
    pub channel_id: ChannelId,
    pub user_id: UserId,
    /// Which of their devices it is; a device knows it from joining.
    pub connection_id: VoiceConnectionId,
    /// A moderator has silenced them in this guild.
    pub mute: bool,
    /// A moderator keeps them from hearing in this guild.
    pub deaf: bool,
    /// They have muted themselves.
    pub self_mute: bool,
    /// They have chosen not to hear.
    pub self_deaf: bool,
    /// They lack the right to speak here.
    pub suppress: bool,
    pub joined_at: Timestamp,
}

/// What joining a voice channel begins with.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinVoice {
    #[serde(default)]
    pub self_mute: bool,
    #[serde(default)]
    pub self_deaf: bool,
}

/// The way into a voice channel: a LiveKit server and a token for it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VoiceTicket {
    /// `wss://…`, for a LiveKit client.
    pub url: String,
    /// Good for one minute, for one room, and for nothing but what the rights in the channel allow.
    pub token: String,
    pub channel_id: ChannelId,
    /// The device's connection: the user's voice state carries it once the server has seen them.
    pub connection_id: VoiceConnectionId,
}

/// What one says of oneself. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateVoice {
    #[serde(default)]
    pub self_mute: Option<bool>,
    #[serde(default)]
    pub self_deaf: Option<bool>,
}

/// What a moderator does to somebody in a voice channel. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModerateVoice {
    /// Needs `MUTE_MEMBERS`; lasts in all voice channels of the guild until it is taken back.
    #[serde(default)]
    pub mute: Option<bool>,
    /// Needs `DEAFEN_MEMBERS`; lasts as `mute` does.
    #[serde(default)]
    pub deaf: Option<bool>,
    /// Another voice channel of the guild, that both may connect to. Needs `MOVE_MEMBERS`.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
}
