use kith_policy::{Granted, MoveMembers};
use kith_types::{ChannelId, GuildId, UserId, VoiceConnectionId};

use crate::columns::moment;
use crate::guilds::checked;
use crate::{Store, StoreError, Work};

/// The media server has seen a participant of this connection. Whether the connection is still the user's.
pub async fn connect(
    work: &mut Work,
    user: UserId,
    connection: VoiceConnectionId,
    participant: &str,
) -> Result<bool, StoreError> {
    let now = work.now();
    let done = sqlx::query!(
        r#"
        UPDATE voice_states SET participant = $3, joined_at = coalesce(joined_at, $4)
        WHERE user_id = $1 AND connection_id = $2
        "#,
        user.uuid(),
        connection.uuid(),
        participant,
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends a connection. Whether it was still the user's.
pub async fn remove(
    work: &mut Work,
    user: UserId,
    connection: VoiceConnectionId,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "DELETE FROM voice_states WHERE user_id = $1 AND connection_id = $2",
        user.uuid(),
        connection.uuid(),
    )
    .execute(work.tx())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What somebody says of themselves.
pub async fn set_self(
    work: &mut Work,
    user: UserId,
    self_mute: bool,
    self_deaf: bool,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE voice_states SET self_mute = $2, self_deaf = $3 WHERE user_id = $1",
        user.uuid(),
        self_mute,
        self_deaf,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}

/// Notes whether somebody lacks the right to speak.
pub async fn suppress(work: &mut Work, user: UserId, suppress: bool) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE voice_states SET suppress = $2 WHERE user_id = $1",
        user.uuid(),
        suppress,
    )
    .execute(work.tx())
    .await?;
    Ok(())
}

/// Puts somebody into another channel of the guild: from now on their device is expected there.
pub async fn move_to(
    work: &mut Work,
    granted: &Granted<MoveMembers>,
    user: UserId,
    channel: ChannelId,
    suppress: bool,
) -> Result<(), StoreError> {
    let guild = checked(work, granted)?;
    let now = work.now();
    sqlx::query!(
        r#"
        UPDATE voice_states SET channel_id = $3, suppress = $4, participant = NULL, asked_at = $5
        WHERE user_id = $1 AND guild_id = $2
        "#,
        user.uuid(),
        guild.uuid(),
        channel.uuid(),
        suppress,
        moment(now),
    )
    .execute(work.tx())
    .await?;
    Ok(())
}

/// Ends all connections in a guild that is gone: nobody is left to be told. How many there were.
pub async fn forget_guild(store: &Store, guild: GuildId) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        r#"
        DELETE FROM voice_states USING guilds
        WHERE guilds.id = voice_states.guild_id AND guilds.id = $1 AND guilds.deleted_at IS NOT NULL
        "#,
        guild.uuid(),
    )
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected())
}
