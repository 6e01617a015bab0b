use kith_events::rpc::Identity;
use kith_types::{GuildId, Timestamp, UserId};

use super::{epoch, read_states};
use crate::accounts::presence_settings;
use crate::columns::{moment, user};
use crate::{Store, StoreError, TokenHash, directs};

/// Direct messages that a client is told of when it connects; older ones it asks for.
const DIRECT_CHANNELS: i64 = 200;
/// More than the limits of guilds and blocks allow; it only bounds the answer.
const MOST: i64 = 2000;
/// No limit holds how many may block somebody; so many fit into the answer with everything else.
const MOST_BLOCKED_BY: i64 = 5000;

impl Store {
    /// Whose access token this is, and what they are in. None if it is not good.
    pub async fn identify(
        &self,
        access: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Identity>, StoreError> {
        let mut tx = self.snapshot().await?;
        let row = sqlx::query!(
            r#"
            SELECT sessions.id AS session_id, users.id, users.username, users.display_name, users.kind, users.avatar_id,
                users.rev, users.presence_status, users.custom_status, users.custom_status_expires_at,
                   (SELECT domain FROM instances WHERE id = users.origin) AS "home!"
            FROM sessions JOIN users ON users.id = sessions.user_id
            WHERE sessions.access_hash = $1 AND sessions.revoked_at IS NULL AND sessions.access_expires_at > $2
                AND sessions.expires_at > $2 AND users.deleted_at IS NULL
            "#,
            access.bytes(),
            moment(now),
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let guilds = sqlx::query_scalar!(
            r#"
            SELECT guilds.id FROM members JOIN guilds ON guilds.id = members.guild_id
            WHERE members.user_id = $1 AND guilds.deleted_at IS NULL ORDER BY guilds.id LIMIT $2
            "#,
            row.id,
            MOST,
        )
        .fetch_all(&mut *tx)
        .await?;
        let blocks = sqlx::query_scalar!(
            "SELECT blocked_id FROM blocks WHERE user_id = $1 ORDER BY blocked_id LIMIT $2",
            row.id,
            MOST,
        )
        .fetch_all(&mut *tx)
        .await?;
        let blocked_by = sqlx::query_scalar!(
            "SELECT user_id FROM blocks WHERE blocked_id = $1 ORDER BY user_id LIMIT $2",
            row.id,
            MOST_BLOCKED_BY,
        )
        .fetch_all(&mut *tx)
        .await?;
        let direct_channels = directs::list_on(&mut tx, row.id.into(), DIRECT_CHANNELS).await?;
        let ids: Vec<_> = direct_channels
            .iter()
            .map(|channel| channel.id.uuid())
            .collect();
        let read_states = read_states::of_one(&mut tx, row.id, &ids).await?;
        Ok(Some(Identity {
            session: row.session_id.into(),
            user: user(
                row.id,
                row.username,
                row.display_name,
                row.kind,
                row.home,
                row.avatar_id,
            )?,
            guilds: guilds.into_iter().map(GuildId::from).collect(),
            direct_channels,
            read_states,
            blocks: blocks.into_iter().map(UserId::from).collect(),
            blocked_by: blocked_by.into_iter().map(UserId::from).collect(),
            presence: presence_settings(
                row.presence_status,
                row.custom_status,
                row.custom_status_expires_at,
                now,
            )?,
            rev: row.rev,
            epoch: epoch(&mut tx).await?,
        }))
    }
}
