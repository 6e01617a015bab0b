use kith_types::{ChannelId, GuildId, MessageId};
use kith_wire::Message;
use uuid::Uuid;

use super::row::{AttachmentsColumn, MessageRow};
use crate::{Store, StoreError};

/// Which part of a channel's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    Newest,
    Before(MessageId),
    After(MessageId),
    /// Half before, the message itself, half after.
    Around(MessageId),
    /// Everything after this `seq`.
    AfterSeq(i64),
}

/// A page of a channel's history.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    pub channel: ChannelId,
    /// The guild that the channel is in.
    pub guild: Option<GuildId>,
    pub position: Position,
    pub limit: i64,
}

/// How a position is put to the statement: `below` messages under the bound and `above` from it upwards, the bound being
/// a message's `seq` (plus `shift`) or a number.
struct Bounds {
    id: Option<Uuid>,
    seq: i64,
    shift: i64,
    below: i64,
    above: i64,
}

impl Page {
    fn bounds(&self) -> Bounds {
        let limit = self.limit;
        let at = |id: MessageId, shift, below, above| Bounds {
            id: Some(id.uuid()),
            seq: 0,
            shift,
            below,
            above,
        };
        match self.position {
            Position::Newest => Bounds {
                id: None,
                seq: i64::MAX,
                shift: 0,
                below: limit,
                above: 0,
            },
            Position::Before(id) => at(id, 0, limit, 0),
            Position::After(id) => at(id, 1, 0, limit),
            Position::Around(id) => at(id, 0, limit / 2, limit - limit / 2),
            Position::AfterSeq(seq) => Bounds {
                id: None,
                seq: seq.saturating_add(1),
                shift: 0,
                below: 0,
                above: limit,
            },
        }
    }
}

impl Store {
    /// A page of history, ascending by `seq`, tombstones included. [`StoreError::Gone`] if the message that the position
    /// names is not in this channel.
    pub async fn page(&self, page: &Page) -> Result<Vec<Message>, StoreError> {
        let bounds = page.bounds();
        let rows = sqlx::query!(
            r#"
            WITH bound AS MATERIALIZED (
                SELECT CASE WHEN $2::uuid IS NULL THEN $3::bigint
                    ELSE (SELECT seq + $4 FROM messages WHERE id = $2 AND channel_id = $1) END AS at
            ), page AS (
                (SELECT * FROM messages WHERE channel_id = $1 AND seq < (SELECT at FROM bound)
                    ORDER BY seq DESC LIMIT $5)
                UNION ALL
                (SELECT * FROM messages WHERE channel_id = $1 AND seq >= (SELECT at FROM bound)
                    ORDER BY seq LIMIT $6)
            )
            SELECT bound.at AS bound, page.id AS "id?", page.channel_id AS "channel_id?", page.seq AS "seq?",
                page.kind AS "kind?", page.body AS "body?", page.mentions AS "mentions?",
                page.mention_roles AS "mention_roles?", page.mention_everyone AS "mention_everyone?",
                attachments_of(page.id) AS "attachments?: AttachmentsColumn",
                page.created_at AS "created_at?", page.edited_at AS "edited_at?", page.deleted_at AS "deleted_at?",
                page.author_id AS "author_id?", users.username AS "username?", users.display_name AS "display_name?",
                users.kind AS "user_kind?", users.avatar_id,
                (SELECT domain FROM instances WHERE id = users.origin) AS "home?"
            FROM bound LEFT JOIN page ON true LEFT JOIN users ON users.id = page.author_id
            ORDER BY page.seq
            "#,
            page.channel.uuid(),
            bounds.id,
            bounds.seq,
            bounds.shift,
            bounds.below,
            bounds.above,
        )
        .fetch_all(self.pool())
        .await?;
        if rows.first().is_some_and(|row| row.bound.is_none()) {
            return Err(StoreError::Gone);
        }
        let messages = rows.into_iter().filter_map(|row| {
            Some(MessageRow {
                id: row.id?,
                channel_id: row.channel_id?,
                seq: row.seq?,
                kind: row.kind?,
                body: row.body,
                mentions: row.mentions?,
                mention_roles: row.mention_roles?,
                mention_everyone: row.mention_everyone?,
                attachments: row.attachments?,
                created_at: row.created_at?,
                edited_at: row.edited_at,
                deleted_at: row.deleted_at,
                author_id: row.author_id?,
                username: row.username?,
                display_name: row.display_name?,
                user_kind: row.user_kind?,
                home: row.home?,
                avatar_id: row.avatar_id,
            })
        });
        messages.map(|row| row.into_message(page.guild)).collect()
    }
}
