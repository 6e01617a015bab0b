use kith_policy::{ConnectVoice, Granted, Restraints, VoiceRights};
use kith_types::{ChannelId, SessionId, UserId, VoiceConnectionId};

use crate::columns::moment;
use crate::guilds::checked;
use crate::{StoreError, Work};

/// A connection that a token is given for.
#[derive(Debug, Clone, Copy)]
pub struct NewVoice {
    pub channel: ChannelId,
    pub connection: VoiceConnectionId,
    pub session: SessionId,
    pub restraints: Restraints,
    pub self_mute: bool,
    pub self_deaf: bool,
}

/// Notes that somebody is on their way into a channel, in the place of any connection that they have. Nobody is told
/// before the media server has seen them, except where they are known to be already.
pub async fn put(
    work: &mut Work,
    granted: &Granted<ConnectVoice>,
    user: UserId,
    new: NewVoice,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    sqlx::query!(
        r#"
        INSERT INTO voice_states (user_id, guild_id, channel_id, connection_id, session_id, self_mute, self_deaf, suppress, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (user_id) DO UPDATE SET guild_id = excluded.guild_id, channel_id = excluded.channel_id,
            connection_id = excluded.connection_id, session_id = excluded.session_id, participant = NULL,
            self_mute = excluded.self_mute, self_deaf = excluded.self_deaf, suppress = excluded.suppress,
            asked_at = excluded.asked_at,
            -- Who comes back to where they are has been told of: they are seen there until they are known to be gone.
            joined_at = CASE WHEN voice_states.channel_id = excluded.channel_id THEN voice_states.joined_at END
        "#,
        user.uuid(),
        guild.uuid(),
        new.channel.uuid(),
        new.connection.uuid(),
        new.session.uuid(),
        new.self_mute,
        new.self_deaf,
        !VoiceRights::of(granted, Restraints::default()).speak,
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}
