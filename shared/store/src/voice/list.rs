use kith_policy::Restraints;
use kith_types::{ChannelId, GuildId, SessionId, Timestamp, UserId};
use kith_wire::VoiceState;
use sqlx::PgConnection;
use uuid::Uuid;

use super::row::{Voice, VoiceRow};
use crate::columns::moment;
use crate::{Store, StoreError};

/// More people than one guild's voice channels hold; it only bounds what is read.
const MOST_IN_GUILD: i64 = 5000;

/// Reads whole rows by a condition: the columns are the same in every statement.
macro_rules! rows {
    ($condition:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            VoiceRow,
            r#"
            SELECT voice_states.user_id, voice_states.guild_id, channel_id, connection_id, session_id,
                EXISTS (
                    SELECT 1 FROM sessions JOIN users ON users.id = sessions.user_id
                    WHERE sessions.id = session_id AND sessions.revoked_at IS NULL AND sessions.expires_at > $1
                        AND users.deleted_at IS NULL
                ) AS "session_good!",
                participant, coalesce(voice_restraints.mute, false) AS "mute!", coalesce(voice_restraints.deaf, false) AS "deaf!",
                self_mute, self_deaf, suppress, asked_at, joined_at
            FROM voice_states
            LEFT JOIN voice_restraints ON voice_restraints.guild_id = voice_states.guild_id
                AND voice_restraints.user_id = voice_states.user_id
            "# + $condition,
            $($argument),+
        )
    };
}

/// Somebody's voice connection.
pub async fn find(
    connection: &mut PgConnection,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Voice>, StoreError> {
    let row = rows!("WHERE voice_states.user_id = $2", moment(now), user.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(Into::into))
}

impl Store {
    /// Somebody's voice connection.
    pub async fn voice_of(&self, user: UserId) -> Result<Option<Voice>, StoreError> {
        let mut connection = self.connection().await?;
        find(&mut connection, user, self.now()).await
    }
}

/// All voice connections in a guild.
pub async fn in_guild(
    connection: &mut PgConnection,
    guild: GuildId,
    now: Timestamp,
) -> Result<Vec<Voice>, StoreError> {
    let rows = rows!(
        "WHERE voice_states.guild_id = $2 ORDER BY voice_states.user_id LIMIT $3",
        moment(now),
        guild.uuid(),
        MOST_IN_GUILD
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// As others in the guild see them, without those that the media server has not seen.
pub(crate) async fn states(
    connection: &mut PgConnection,
    guild: GuildId,
) -> Result<Vec<VoiceState>, StoreError> {
    // Whether the session is good does not matter here, so neither does the time.
    let found = in_guild(connection, guild, Timestamp::from_millis(0)).await?;
    Ok(found.iter().filter_map(Voice::state).collect())
}

/// The voice connections of all guilds by user, `limit` of them after `after`.
pub async fn all(
    store: &Store,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<Voice>, StoreError> {
    let rows = rows!(
        "WHERE voice_states.user_id > $2 ORDER BY voice_states.user_id LIMIT $3",
        moment(store.now()),
        after.map_or(Uuid::nil(), UserId::uuid),
        limit
    )
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The guilds in which voice connections belong to one of these log-in sessions.
pub async fn of_sessions(
    store: &Store,
    sessions: &[SessionId],
) -> Result<Vec<GuildId>, StoreError> {
    let ids: Vec<Uuid> = sessions.iter().map(|session| session.uuid()).collect();
    let guilds = sqlx::query_scalar!(
        "SELECT DISTINCT guild_id FROM voice_states WHERE session_id = ANY ($1) LIMIT $2",
        &ids,
        ids.len() as i64,
    )
    .fetch_all(store.pool())
    .await?;
    Ok(guilds.into_iter().map(GuildId::from).collect())
}

/// How many are in a channel or on their way since `since`, apart from one user.
pub async fn occupied(
    connection: &mut PgConnection,
    channel: ChannelId,
    except: UserId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM voice_states
        WHERE channel_id = $1 AND user_id <> $2 AND (joined_at IS NOT NULL OR asked_at > $3)
        "#,
        channel.uuid(),
        except.uuid(),
        moment(since),
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// What moderators have put on a member in a guild's voice channels.
pub async fn restraints(
    connection: &mut PgConnection,
    guild: GuildId,
    user: UserId,
) -> Result<Restraints, StoreError> {
    let row = sqlx::query!(
        "SELECT mute, deaf FROM voice_restraints WHERE guild_id = $1 AND user_id = $2",
        guild.uuid(),
        user.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map_or(Restraints::default(), |row| Restraints {
        mute: row.mute,
        deaf: row.deaf,
    }))
}
