use kith_types::{ChannelId, MessageId, UserId};
use kith_wire::{Channel, ChannelKind};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::columns::user;
use crate::{Store, StoreError};

struct Row {
    channel_id: Uuid,
    last_seq: i64,
    last_message_id: Option<Uuid>,
    created_at: OffsetDateTime,
    id: Uuid,
    username: String,
    display_name: String,
    kind: i16,
    home: String,
    avatar_id: Option<Uuid>,
    peer_id: Uuid,
    peer_username: String,
    peer_display_name: String,
    peer_kind: i16,
    peer_home: String,
    peer_avatar_id: Option<Uuid>,
}

impl TryFrom<Row> for Channel {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let own = user(
            row.id,
            row.username,
            row.display_name,
            row.kind,
            row.home,
            row.avatar_id,
        )?;
        let peer = user(
            row.peer_id,
            row.peer_username,
            row.peer_display_name,
            row.peer_kind,
            row.peer_home,
            row.peer_avatar_id,
        )?;
        Ok(Self {
            id: row.channel_id.into(),
            guild_id: None,
            kind: ChannelKind::Direct,
            name: String::new(),
            topic: String::new(),
            position: 0,
            parent_id: None,
            user_limit: None,
            overwrites: Vec::new(),
            recipients: vec![own, peer],
            last_seq: row.last_seq,
            last_message_id: row.last_message_id.map(MessageId::from),
            created_at: row.created_at.into(),
        })
    }
}

/// A user's direct messages as they see them, the last used first, at most `limit`.
pub async fn list(store: &Store, user: UserId, limit: i64) -> Result<Vec<Channel>, StoreError> {
    let mut connection = store.connection().await?;
    list_on(&mut connection, user, limit).await
}

/// As [`list`], as a part of a transaction.
pub(crate) async fn list_on(
    connection: &mut PgConnection,
    user: UserId,
    limit: i64,
) -> Result<Vec<Channel>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT channels.id AS channel_id, channels.last_seq, channels.last_message_id, channels.created_at,
               own.id, own.username, own.display_name, own.kind, own.avatar_id,
               (SELECT domain FROM instances WHERE id = own.origin) AS "home!",
               peer.id AS peer_id, peer.username AS peer_username,
               peer.display_name AS peer_display_name, peer.kind AS peer_kind, peer.avatar_id AS peer_avatar_id,
               (SELECT domain FROM instances WHERE id = peer.origin) AS "peer_home!"
        FROM direct_channels pair
        JOIN channels ON channels.id = pair.channel_id
        JOIN users own ON own.id = $1
        JOIN users peer ON peer.id = CASE WHEN pair.user_a = $1 THEN pair.user_b ELSE pair.user_a END
        WHERE (pair.user_a = $1 OR pair.user_b = $1) AND channels.deleted_at IS NULL
        ORDER BY coalesce(channels.last_message_id, channels.id) DESC
        LIMIT $2
        "#,
        user.uuid(),
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Channel::try_from).collect()
}

/// A direct message as one of its two people sees it; none if `user` is not one of them.
pub async fn find(
    store: &Store,
    user: UserId,
    channel: ChannelId,
) -> Result<Option<Channel>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT channels.id AS channel_id, channels.last_seq, channels.last_message_id, channels.created_at,
               own.id, own.username, own.display_name, own.kind, own.avatar_id,
               (SELECT domain FROM instances WHERE id = own.origin) AS "home!",
               peer.id AS peer_id, peer.username AS peer_username,
               peer.display_name AS peer_display_name, peer.kind AS peer_kind, peer.avatar_id AS peer_avatar_id,
               (SELECT domain FROM instances WHERE id = peer.origin) AS "peer_home!"
        FROM direct_channels pair
        JOIN channels ON channels.id = pair.channel_id
        JOIN users own ON own.id = $1
        JOIN users peer ON peer.id = CASE WHEN pair.user_a = $1 THEN pair.user_b ELSE pair.user_a END
        WHERE pair.channel_id = $2 AND (pair.user_a = $1 OR pair.user_b = $1) AND channels.deleted_at IS NULL
        "#,
        user.uuid(),
        channel.uuid(),
    )
    .fetch_optional(store.pool())
    .await?;
    row.map(Channel::try_from).transpose()
}
