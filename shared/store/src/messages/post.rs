use kith_events::{
    Aggregate, EventHead, EventKind, Payload, REV_PLACEHOLDER, SEQ_PLACEHOLDER, Scope, StoredEvent,
    subject,
};
use kith_policy::{Granted, SendMessage};
use kith_types::{EventId, GuildId, MessageId, Nonce, RoleId, Timestamp, UserId};
use kith_wire::{Message, MessageChange, MessageKind, User};
use uuid::Uuid;

use crate::carried::Look;
use crate::columns::moment;
use crate::outbox::FOR_THE_RELAY;
use crate::work::{Committed, Outgoing, Standing, key};
use crate::{Store, StoreError};

/// A message that somebody may post, with those it may mention.
pub struct NewMessage<'a> {
    pub author: &'a User,
    pub content: &'a str,
    /// With the SHA-256 of the content, to tell a repetition from another text.
    pub nonce: Option<(&'a Nonce, [u8; 32])>,
    /// Members (or the peer of a direct message).
    pub mentions: Vec<UserId>,
    pub mention_roles: Vec<RoleId>,
    pub mention_everyone: bool,
    /// The two people of a direct message; empty in a guild.
    pub recipients: Vec<UserId>,
}

/// What became of a post.
pub enum Posted {
    New(Box<Message>, Committed),
    /// The nonce was used before; nothing was written.
    NonceSeen,
}

/// What the statement found out.
struct Row {
    seq: i64,
    rev: i64,
    seen_rev: Option<i64>,
    oldest_unsettled: Option<i64>,
}

impl Row {
    /// `look` was taken before the statement began.
    fn standing(&self, look: Look) -> Standing {
        // The statement's snapshot is older than its lock. If others wrote in between, it could not see what.
        if self.seen_rev != Some(self.rev - 1) {
            return Standing::Unknown;
        }
        self.oldest_unsettled
            .map_or(Standing::Clear, |oldest| Standing::From(oldest, look))
    }
}

impl Store {
    /// Posts a message in one statement, which is its own transaction: locks the channel, takes the next `seq` and `rev`,
    /// writes message, mentions, nonce, the author's read state and the event.
    ///
    /// [`StoreError::AccessChanged`] if rights have changed since they were decided, or the channel is gone: decide
    /// again. Posts to one channel wait for each other here, without a connection in their hands.
    pub async fn post(
        &self,
        granted: &Granted<SendMessage>,
        new: NewMessage<'_>,
    ) -> Result<Posted, StoreError> {
        let channel = granted.channel().ok_or(StoreError::Gone)?;
        let aggregate = Aggregate::Channel(channel);
        let guild = granted.guild();
        let scope = guild.map_or(Scope::Direct(channel), |guild| {
            Scope::Channel(guild, channel)
        });
        let now = self.now();
        let id: MessageId = self.mint()?;
        let event: EventId = self.mint()?;
        let mut message = draft(id, granted, &new, now);
        let payload = Payload::encode(&MessageChange {
            event_id: event,
            rev: REV_PLACEHOLDER,
            message: message.clone(),
        })?;
        let traceparent = self.traceparent();

        let lock = self.locks().lock(key(aggregate)).await;
        let before = self.carried().look(aggregate);
        let row = self
            .post_row(
                granted,
                &new,
                &message,
                &event,
                scope,
                &payload,
                traceparent.as_deref(),
                before,
            )
            .await;
        let row = match row {
            Ok(Some(row)) => row,
            Ok(None) => return Err(StoreError::AccessChanged),
            Err(error) if error.constraint() == Some("message_nonces_pkey") => {
                return Ok(Posted::NonceSeen);
            }
            Err(error) => return Err(error),
        };
        message.seq = row.seq;
        let outgoing = Outgoing {
            standing: row.standing(before),
            event: StoredEvent {
                head: EventHead {
                    id: event,
                    scope,
                    kind: EventKind::MessageCreate,
                    rev: row.rev,
                    seq: Some(row.seq),
                    access_version: granted.access_version(),
                    recipients: new.recipients,
                },
                payload: payload.fill(row.rev, Some(row.seq)),
                traceparent,
            },
        };
        let committed = Committed::new(vec![outgoing], vec![lock]);
        Ok(Posted::New(Box::new(message), committed))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one statement takes many parameters, and a struct for one call would only name them again"
    )]
    async fn post_row(
        &self,
        granted: &Granted<SendMessage>,
        new: &NewMessage<'_>,
        message: &Message,
        event: &EventId,
        scope: Scope,
        payload: &Payload,
        traceparent: Option<&str>,
        look: Look,
    ) -> Result<Option<Row>, StoreError> {
        let mentions: Vec<Uuid> = new.mentions.iter().map(|user| user.uuid()).collect();
        let roles: Vec<Uuid> = new.mention_roles.iter().map(|role| role.uuid()).collect();
        let recipients: Vec<Uuid> = new.recipients.iter().map(|user| user.uuid()).collect();
        let row = sqlx::query_as!(
            Row,
            r#"
            WITH seen AS MATERIALIZED (
                SELECT (SELECT rev FROM channels WHERE id = $1) AS rev,
                    (SELECT min(rev) FROM outbox WHERE aggregate_id = $1 AND stream_seq IS NULL) AS oldest_unsettled
            ), bumped AS (
                UPDATE channels SET last_seq = last_seq + 1, rev = rev + 1, last_message_id = $2
                WHERE id = $1 AND deleted_at IS NULL AND kind <> 2 AND guild_id IS NOT DISTINCT FROM $3
                    AND ($3::uuid IS NULL OR EXISTS (
                        SELECT 1 FROM guilds WHERE guilds.id = $3 AND guilds.deleted_at IS NULL AND access_version = $4))
                RETURNING last_seq AS seq, rev
            ), posted AS (
                INSERT INTO messages
                    (id, channel_id, seq, author_id, body, mentions, mention_roles, mention_everyone, created_at)
                SELECT $2, $1, seq, $5, $6, $7, $8, $9, $10 FROM bumped
            ), nonce AS (
                INSERT INTO message_nonces (author_id, channel_id, nonce, message_id, body_hash, created_at)
                SELECT $5, $1, $11, $2, $12, $10 FROM bumped WHERE $11::text IS NOT NULL
            ), mentioned AS (
                INSERT INTO mentions (user_id, channel_id, seq)
                SELECT user_id, $1, seq FROM bumped CROSS JOIN (
                    SELECT unnest($7::uuid[]) AS user_id
                    UNION
                    SELECT user_id FROM members
                    WHERE cardinality($8::uuid[]) > 0 AND guild_id = $3 AND role_ids && $8
                ) AS people
                WHERE user_id <> $5
            ), read AS (
                INSERT INTO read_states (user_id, channel_id, read_seq) SELECT $5, $1, seq FROM bumped
                ON CONFLICT (user_id, channel_id)
                DO UPDATE SET read_seq = greatest(read_states.read_seq, excluded.read_seq)
            ), told AS (
                INSERT INTO outbox (event_id, aggregate_id, rev, seq, access_version, recipients, subject, payload,
                    traceparent, writer, created_at)
                SELECT $13, $1, bumped.rev, seq, $4, $14, $15, $16, $17,
                    CASE WHEN seen.rev = bumped.rev - 1 AND coalesce(oldest_unsettled >= $19, oldest_unsettled IS NULL)
                        THEN $18::smallint ELSE $20::smallint END,
                    $10
                FROM bumped, seen
            )
            SELECT seq, bumped.rev, seen.rev AS seen_rev, oldest_unsettled FROM bumped, seen
            "#,
            message.channel_id.uuid(),
            message.id.uuid(),
            granted.guild().map(GuildId::uuid),
            granted.access_version(),
            new.author.id.uuid(),
            new.content,
            &mentions,
            &roles,
            new.mention_everyone,
            moment(message.created_at),
            new.nonce.map(|(nonce, _)| nonce.as_str()),
            new.nonce.as_ref().map(|(_, hash)| &hash[..]),
            event.uuid(),
            &recipients,
            subject(scope, EventKind::MessageCreate),
            payload.as_str(),
            traceparent,
            self.worker().number()?,
            look.first(),
            FOR_THE_RELAY,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row)
    }
}

fn draft(
    id: MessageId,
    granted: &Granted<SendMessage>,
    new: &NewMessage<'_>,
    now: Timestamp,
) -> Message {
    Message {
        id,
        channel_id: granted.channel().unwrap_or(Uuid::nil().into()),
        guild_id: granted.guild(),
        seq: SEQ_PLACEHOLDER,
        kind: MessageKind::Text,
        author: new.author.clone(),
        content: new.content.to_owned(),
        mentions: new.mentions.clone(),
        mention_roles: new.mention_roles.clone(),
        mention_everyone: new.mention_everyone,
        created_at: now,
        edited_at: None,
        deleted_at: None,
        nonce: new.nonce.map(|(nonce, _)| nonce.as_str().to_owned()),
    }
}
