use kith_types::{ChannelId, GuildId, MessageId};
use kith_wire::{Message, PAGE_BYTES, Paged, json_bytes};
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

/// What the statement tells of a message besides itself.
struct Found {
    row: MessageRow,
    /// Whether it is on the page as far as the texts are concerned.
    fits: bool,
    /// Whether it stands under the bound.
    is_below: bool,
}

/// Messages on one side of the bound, the nearest first, as many as the page has room for; and whether there are more.
fn side(
    found: impl Iterator<Item = Found>,
    guild: Option<GuildId>,
    most: i64,
    budget: usize,
) -> Result<(Vec<Message>, bool), StoreError> {
    let (mut messages, mut bytes) = (Vec::new(), 0);
    for found in found {
        if messages.len() as i64 >= most || !found.fits {
            return Ok((messages, true));
        }
        let message = found.row.into_message(guild)?;
        bytes += json_bytes(&message);
        // One alone always fits, so that nobody who pages stays where they are.
        if bytes > budget && !messages.is_empty() {
            return Ok((messages, true));
        }
        messages.push(message);
    }
    Ok((messages, false))
}

impl Store {
    /// A page of history, ascending by `seq`, tombstones included, and whether there is more in the direction that was asked for
    /// (of [`Position::Around`], behind it). [`StoreError::Gone`] if the message that the position names is not in this channel.
    ///
    /// Texts that do not fit the page ([`PAGE_BYTES`]) are not read.
    pub async fn page(&self, page: &Page) -> Result<Paged<Message>, StoreError> {
        let bounds = page.bounds();
        let sides = i64::from(bounds.below > 0) + i64::from(bounds.above > 0);
        let budget = PAGE_BYTES / sides.max(1) as usize;
        let and_one = |most: i64| if most > 0 { most + 1 } else { 0 };
        let rows = sqlx::query!(
            r#"
            WITH bound AS MATERIALIZED (
                SELECT CASE WHEN $2::uuid IS NULL THEN $3::bigint
                    ELSE (SELECT seq + $4 FROM messages WHERE id = $2 AND channel_id = $1) END AS at
            ), below AS (
                SELECT * FROM messages WHERE channel_id = $1 AND seq < (SELECT at FROM bound)
                    ORDER BY seq DESC LIMIT $5
            ), above AS (
                SELECT * FROM messages WHERE channel_id = $1 AND seq >= (SELECT at FROM bound)
                    ORDER BY seq LIMIT $6
            ), page AS (
                SELECT *, true AS is_below, sum(octet_length(body)) OVER (ORDER BY seq DESC) AS weight FROM below
                UNION ALL
                SELECT *, false, sum(octet_length(body)) OVER (ORDER BY seq) FROM above
            )
            SELECT bound.at AS bound, page.id AS "id?", page.channel_id AS "channel_id?", page.seq AS "seq?",
                page.kind AS "kind?", kept.body AS "body?", page.mentions AS "mentions?", kept.fits AS "fits?",
                page.is_below AS "is_below?",
                page.mention_roles AS "mention_roles?", page.mention_everyone AS "mention_everyone?",
                attachments_of(page.id) AS "attachments?: AttachmentsColumn",
                page.created_at AS "created_at?", page.edited_at AS "edited_at?", page.deleted_at AS "deleted_at?",
                page.author_id AS "author_id?", users.username AS "username?", users.display_name AS "display_name?",
                users.kind AS "user_kind?", users.avatar_id,
                (SELECT domain FROM instances WHERE id = users.origin) AS "home?"
            FROM bound LEFT JOIN page ON true LEFT JOIN users ON users.id = page.author_id
            LEFT JOIN LATERAL (
                SELECT true AS fits, page.body
                WHERE page.weight IS NULL OR page.weight <= $7 OR page.weight = octet_length(page.body)
            ) AS kept ON true
            ORDER BY page.seq
            "#,
            page.channel.uuid(),
            bounds.id,
            bounds.seq,
            bounds.shift,
            and_one(bounds.below),
            and_one(bounds.above),
            budget as i64,
        )
        .fetch_all(self.pool())
        .await?;
        if rows.first().is_some_and(|row| row.bound.is_none()) {
            return Err(StoreError::Gone);
        }
        let found = rows.into_iter().filter_map(|row| {
            let message = MessageRow {
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
            };
            Some(Found {
                row: message,
                fits: row.fits.is_some(),
                is_below: row.is_below?,
            })
        });
        let (below, above): (Vec<_>, Vec<_>) = found.partition(|found| found.is_below);
        let older = below.into_iter().rev();
        let (mut data, has_older) = side(older, page.guild, bounds.below, budget)?;
        let (newer, has_newer) = side(above.into_iter(), page.guild, bounds.above, budget)?;
        data.reverse();
        data.extend(newer);
        let has_more = match page.position {
            Position::Newest | Position::Before(_) => has_older,
            Position::After(_) | Position::Around(_) | Position::AfterSeq(_) => has_newer,
        };
        Ok(Paged { data, has_more })
    }
}
