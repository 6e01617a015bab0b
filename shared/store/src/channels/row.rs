use kith_wire::Channel;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::StoreError;
use crate::columns::channel_kind;
use crate::overwrites;

/// A channel's columns, its overwrites still missing.
pub(super) struct ChannelRow {
    pub(super) id: Uuid,
    pub(super) guild_id: Option<Uuid>,
    pub(super) kind: i16,
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) position: i32,
    pub(super) parent_id: Option<Uuid>,
    pub(super) user_limit: Option<i32>,
    pub(super) last_seq: i64,
    pub(super) last_message_id: Option<Uuid>,
    pub(super) created_at: OffsetDateTime,
}

/// The channels with their overwrites, which take one more statement for all of them.
pub(super) async fn complete(
    connection: &mut PgConnection,
    rows: Vec<ChannelRow>,
) -> Result<Vec<Channel>, StoreError> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut exceptions = overwrites::list(connection, &ids).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Channel {
                id: row.id.into(),
                guild_id: row.guild_id.map(Into::into),
                kind: channel_kind(row.kind)?,
                name: row.name,
                topic: row.topic,
                position: row.position,
                parent_id: row.parent_id.map(Into::into),
                user_limit: row.user_limit,
                overwrites: exceptions.remove(&row.id).unwrap_or_default(),
                recipients: Vec::new(),
                last_seq: row.last_seq,
                last_message_id: row.last_message_id.map(Into::into),
                created_at: row.created_at.into(),
            })
        })
        .collect()
}
