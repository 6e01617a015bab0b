use kith_types::{ChannelId, UserId};
use kith_wire::User;

use crate::columns::user;
use crate::{StoreError, Work};

/// How one person stands to another.
#[derive(Debug)]
pub struct Standing {
    pub own: User,
    pub peer: User,
    /// Their direct message, if they have one.
    pub channel: Option<ChannelId>,
    /// Whether either has blocked the other.
    pub blocked: bool,
    /// Whether there is a guild that both are in.
    pub share_guild: bool,
}

/// How `own` stands to `peer`, within a unit of work that has locked both, so that it stays as it is. None if either does
/// not exist any more, or they are the same.
pub async fn standing_locked(
    work: &mut Work,
    own: UserId,
    peer: UserId,
) -> Result<Option<Standing>, StoreError> {
    let row = sqlx::query!(
        r#"
        SELECT own.id, own.username, own.display_name, own.kind, own.avatar_id,
               (SELECT domain FROM instances WHERE id = own.origin) AS "home!",
               peer.id AS peer_id, peer.username AS peer_username,
               peer.display_name AS peer_display_name, peer.kind AS peer_kind, peer.avatar_id AS peer_avatar_id,
               (SELECT domain FROM instances WHERE id = peer.origin) AS "peer_home!",
               (
                   SELECT channel_id FROM direct_channels
                   WHERE user_a = least($1::uuid, $2::uuid) AND user_b = greatest($1::uuid, $2::uuid)
               ) AS channel_id,
               EXISTS (
                   SELECT FROM blocks
                   WHERE (user_id = $1 AND blocked_id = $2) OR (user_id = $2 AND blocked_id = $1)
               ) AS "blocked!",
               EXISTS (
                   SELECT FROM members mine
                   JOIN members theirs ON theirs.guild_id = mine.guild_id AND theirs.user_id = $2
                   JOIN guilds ON guilds.id = mine.guild_id AND guilds.deleted_at IS NULL
                   WHERE mine.user_id = $1
               ) AS "share_guild!"
        FROM users own JOIN users peer ON peer.id = $2
        WHERE own.id = $1 AND own.id <> peer.id AND own.deleted_at IS NULL AND peer.deleted_at IS NULL
        "#,
        own.uuid(),
        peer.uuid(),
    )
    .fetch_optional(work.tx())
    .await?;
    row.map(|row| {
        Ok(Standing {
            own: user(
                row.id,
                row.username,
                row.display_name,
                row.kind,
                row.home,
                row.avatar_id,
            )?,
            peer: user(
                row.peer_id,
                row.peer_username,
                row.peer_display_name,
                row.peer_kind,
                row.peer_home,
                row.peer_avatar_id,
            )?,
            channel: row.channel_id.map(ChannelId::from),
            blocked: row.blocked,
            share_guild: row.share_guild,
        })
    })
    .transpose()
}
