use kith_policy::Restraints;
use kith_types::{ChannelId, GuildId, SessionId, Timestamp, UserId, VoiceConnectionId};
use kith_wire::VoiceState;
use time::OffsetDateTime;
use uuid::Uuid;

/// Somebody's one voice connection, also one that the media server has not seen yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mark of its own that clients show"
)]
pub struct Voice {
    pub user: UserId,
    pub guild: GuildId,
    pub channel: ChannelId,
    pub connection: VoiceConnectionId,
    pub session: SessionId,
    /// Whether that log-in session is still good.
    pub session_good: bool,
    /// The media server's own id of the participant, once it has seen them.
    pub participant: Option<String>,
    pub restraints: Restraints,
    pub self_mute: bool,
    pub self_deaf: bool,
    /// Whether they lacked the right to speak when that was last decided.
    pub suppress: bool,
    /// When the token was given, or they were moved.
    pub asked_at: Timestamp,
    /// When the media server saw them; none before.
    pub joined_at: Option<Timestamp>,
}

impl Voice {
    /// As others see it; none before the media server has seen them.
    pub fn state(&self) -> Option<VoiceState> {
        Some(VoiceState {
            guild_id: self.guild,
            channel_id: self.channel,
            user_id: self.user,
            connection_id: self.connection,
            mute: self.restraints.mute,
            deaf: self.restraints.deaf,
            self_mute: self.self_mute,
            self_deaf: self.self_deaf,
            suppress: self.suppress,
            joined_at: self.joined_at?,
        })
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the columns of a row"
)]
pub(super) struct VoiceRow {
    pub(super) user_id: Uuid,
    pub(super) guild_id: Uuid,
    pub(super) channel_id: Uuid,
    pub(super) connection_id: Uuid,
    pub(super) session_id: Uuid,
    pub(super) session_good: bool,
    pub(super) participant: Option<String>,
    pub(super) mute: bool,
    pub(super) deaf: bool,
    pub(super) self_mute: bool,
    pub(super) self_deaf: bool,
    pub(super) suppress: bool,
    pub(super) asked_at: OffsetDateTime,
    pub(super) joined_at: Option<OffsetDateTime>,
}

impl From<VoiceRow> for Voice {
    fn from(row: VoiceRow) -> Self {
        Self {
            user: row.user_id.into(),
            guild: row.guild_id.into(),
            channel: row.channel_id.into(),
            connection: row.connection_id.into(),
            session: row.session_id.into(),
            session_good: row.session_good,
            participant: row.participant,
            restraints: Restraints {
                mute: row.mute,
                deaf: row.deaf,
            },
            self_mute: row.self_mute,
            self_deaf: row.self_deaf,
            suppress: row.suppress,
            asked_at: row.asked_at.into(),
            joined_at: row.joined_at.map(Into::into),
        }
    }
}
