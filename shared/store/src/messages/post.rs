use std::fmt::Write;

use kith_events::{Aggregate, EventHead, EventKind, StoredEvent};
use kith_types::GuildId;
use kith_wire::{Attachment, FileStatus, Message};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Draft;
use crate::carried::Look;
use crate::columns::moment;
use crate::outbox::FOR_THE_RELAY;
use crate::work::{Committed, Outgoing, Standing};
use crate::{Store, StoreError};

/// What became of a draft.
#[derive(Debug)]
pub enum Posted {
    New(Box<Message>),
    /// Rights have changed since they were decided, the channel is gone, or an attachment is not as it was found: decide again.
    /// Nothing was written.
    AccessChanged,
    /// The nonce was used before; nothing was written.
    NonceSeen,
}

/// What became of drafts that were posted together, in their order, and what is to be published of it.
pub struct Together {
    pub posted: Vec<Posted>,
    pub committed: Committed,
}

/// What the statement found out about a message that it wrote.
struct Row {
    /// Which of the drafts it was, from 1.
    place: i64,
    seq: i64,
    rev: i64,
    /// Before the first of them.
    rev_before: i64,
    seen_rev: Option<i64>,
    oldest_unsettled: Option<i64>,
}

impl Row {
    /// `look` was taken before the statement began.
    fn standing(&self, look: Look) -> Standing {
        if self.rev > self.rev_before + 1 {
            // Behind the first one of the same statement.
            return Standing::From(self.rev_before + 1, look);
        }
        // The statement's snapshot is older than its lock. If others wrote in between, it could not see what.
        if self.seen_rev != Some(self.rev_before) {
            return Standing::Unknown;
        }
        self.oldest_unsettled
            .map_or(Standing::Clear, |oldest| Standing::From(oldest, look))
    }
}

impl Store {
    /// Posts messages of one channel, in their order, in one statement, which is its own transaction: locks the channel, takes
    /// the next `seq` and `rev` of each, writes messages, mentions, nonces, the authors' read states and the events, and
    /// takes their attachments. All share one commit, so a channel in which many talk is not bounded by how fast a disk turns.
    ///
    /// A nonce that was used before undoes the whole statement: a single draft is then answered [`Posted::NonceSeen`],
    /// several with [`StoreError::Conflict`], and have to be posted one by one. Posts to one channel wait for each other here,
    /// without a connection in their hands.
    pub async fn post(&self, drafts: &[Draft]) -> Result<Together, StoreError> {
        let Some(first) = drafts.first() else {
            return Ok(Together {
                posted: Vec::new(),
                committed: Committed::new(Vec::new(), Vec::new()),
            });
        };
        let aggregate = Aggregate::Channel(first.channel);
        let guard = self.locks().lock(aggregate).await;
        let look = self.carried().look(aggregate);
        let rows = match self.post_rows(first, drafts, look).await {
            Ok(rows) => rows,
            Err(error)
                if drafts.len() == 1 && error.constraint() == Some("message_nonces_pkey") =>
            {
                return Ok(Together {
                    posted: vec![Posted::NonceSeen],
                    committed: Committed::new(Vec::new(), vec![guard]),
                });
            }
            Err(error) => return Err(error),
        };
        let mut posted: Vec<_> = drafts.iter().map(|_| Posted::AccessChanged).collect();
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let index = usize::try_from(row.place - 1).unwrap_or(usize::MAX);
            let Some(draft) = drafts.get(index) else {
                return Err(StoreError::Corrupt("the place of a draft"));
            };
            events.push(Outgoing {
                standing: row.standing(look),
                event: event(draft, row.rev, row.seq),
            });
            posted[index] = Posted::New(Box::new(Message {
                seq: row.seq,
                ..draft.message.clone()
            }));
        }
        Ok(Together {
            posted,
            committed: Committed::new(events, vec![guard]),
        })
    }

    #[expect(clippy::too_many_lines, reason = "it is one statement")]
    async fn post_rows(
        &self,
        first: &Draft,
        drafts: &[Draft],
        look: Look,
    ) -> Result<Vec<Row>, StoreError> {
        let columns = Columns::of(drafts);
        let rows = sqlx::query_as!(
            Row,
            r#"
            WITH draft AS MATERIALIZED (
                SELECT * FROM unnest($7::uuid[], $8::uuid[], $9::text[], $10::text[], $11::text[], $12::bool[],
                        $13::timestamptz[], $14::text[], $15::bytea[], $16::uuid[], $17::bigint[], $18::text[], $19::text[],
                        $20::text[], $21::text[])
                    WITH ORDINALITY AS draft (id, author_id, body, mentions, mention_roles, mention_everyone, created_at,
                        nonce, body_hash, event_id, access_version, recipients, payload, traceparent, files, place)
            ), offered AS MATERIALIZED (
                SELECT draft.place, draft.author_id, (file ->> 'id')::uuid AS id, (file ->> 'ready')::bool AS ready, position
                FROM draft CROSS JOIN LATERAL jsonb_array_elements(draft.files::jsonb) WITH ORDINALITY AS file (file, position)
            ), locked AS MATERIALIZED (
                -- Waits for whoever else is about to take or to change them, and sees what became of them.
                SELECT id, uploader_id, state FROM files
                WHERE id = ANY(ARRAY(SELECT id FROM offered)) AND channel_id = $1 AND message_id IS NULL
                    AND state IN (1, 2) AND purge_at > (SELECT max(created_at) FROM draft)
                ORDER BY id FOR UPDATE
            ), taken AS MATERIALIZED (
                -- Of those who offer the same file together, the first one has it.
                SELECT DISTINCT ON (offered.id) offered.id, place, position
                FROM offered JOIN locked ON locked.id = offered.id AND locked.uploader_id = offered.author_id
                    AND (locked.state = 2) = offered.ready
                ORDER BY offered.id, place
            ), seen AS MATERIALIZED (
                SELECT (SELECT rev FROM channels WHERE id = $1) AS rev,
                    (SELECT min(rev) FROM outbox WHERE aggregate_id = $1 AND stream_seq IS NULL) AS oldest_unsettled
            ), permitted AS MATERIALIZED (
                SELECT draft.*, row_number() OVER (ORDER BY place) AS number FROM draft
                WHERE ($2::uuid IS NULL OR EXISTS (
                    SELECT 1 FROM guilds WHERE guilds.id = $2 AND guilds.deleted_at IS NULL
                        AND guilds.access_version = draft.access_version))
                    AND jsonb_array_length(draft.files::jsonb)
                        = (SELECT count(*) FROM taken WHERE taken.place = draft.place)
            ), bumped AS (
                UPDATE channels SET last_seq = last_seq + total, rev = rev + total, last_message_id = last_id
                FROM (
                    SELECT count(*) AS total, (SELECT id FROM permitted ORDER BY number DESC LIMIT 1) AS last_id
                    FROM permitted
                ) AS sum
                WHERE channels.id = $1 AND total > 0 AND deleted_at IS NULL AND kind <> 2 AND guild_id IS NOT DISTINCT FROM $2
                RETURNING last_seq - total AS seq_before, rev - total AS rev_before
            ), numbered AS MATERIALIZED (
                SELECT permitted.*, seq_before + number AS seq, rev_before + number AS rev, rev_before
                FROM permitted CROSS JOIN bumped
            ), posted AS (
                INSERT INTO messages
                    (id, channel_id, seq, author_id, body, mentions, mention_roles, mention_everyone, created_at)
                SELECT id, $1, seq, author_id, body, mentions::uuid[], mention_roles::uuid[], mention_everyone, created_at
                FROM numbered
            ), attached AS (
                UPDATE files SET message_id = numbered.id, position = taken.position::smallint, purge_at = NULL
                FROM taken JOIN numbered ON numbered.place = taken.place
                WHERE files.id = taken.id
            ), nonce AS (
                INSERT INTO message_nonces (author_id, channel_id, nonce, message_id, body_hash, created_at)
                SELECT author_id, $1, nonce, id, body_hash, created_at FROM numbered WHERE nonce IS NOT NULL
            ), mentioned AS (
                INSERT INTO mentions (user_id, channel_id, seq)
                SELECT person.user_id, $1, seq FROM numbered CROSS JOIN LATERAL (
                    SELECT unnest(numbered.mentions::uuid[]) AS user_id
                    UNION
                    SELECT members.user_id FROM members
                    WHERE numbered.mention_roles <> '{}' AND guild_id = $2
                        AND role_ids && numbered.mention_roles::uuid[]
                ) AS person
                WHERE person.user_id <> numbered.author_id
            ), read AS (
                INSERT INTO read_states (user_id, channel_id, read_seq)
                SELECT author_id, $1, max(seq) FROM numbered GROUP BY author_id
                ON CONFLICT (user_id, channel_id)
                DO UPDATE SET read_seq = greatest(read_states.read_seq, excluded.read_seq)
            ), told AS (
                INSERT INTO outbox (event_id, aggregate_id, rev, seq, access_version, recipients, subject, payload,
                    traceparent, writer, created_at)
                SELECT event_id, $1, numbered.rev, seq, access_version, recipients::uuid[], $3, payload, traceparent,
                    CASE WHEN seen.rev = rev_before AND coalesce(oldest_unsettled >= $5, oldest_unsettled IS NULL)
                        THEN $4::smallint ELSE $6::smallint END,
                    created_at
                FROM numbered CROSS JOIN seen
            )
            SELECT place AS "place!", seq AS "seq!", numbered.rev AS "rev!", rev_before AS "rev_before!",
                seen.rev AS seen_rev, oldest_unsettled
            FROM numbered CROSS JOIN seen ORDER BY number
            "#,
            first.channel.uuid(),
            first.guild.map(GuildId::uuid),
            first.subject(),
            self.worker().number()?,
            look.first(),
            FOR_THE_RELAY,
            &columns.ids,
            &columns.authors,
            &columns.bodies as &[&str],
            &columns.mentions,
            &columns.mention_roles,
            &columns.mention_everyone,
            &columns.created,
            &columns.nonces as &[Option<&str>],
            &columns.nonce_hashes as &[Option<&[u8]>],
            &columns.events,
            &columns.versions as &[Option<i64>],
            &columns.recipients,
            &columns.payloads as &[&str],
            &columns.traceparents as &[Option<&str>],
            &columns.files,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows)
    }
}

/// The drafts by column, as the statement takes them. An array of arrays does not unnest by rows, so lists are arrays in
/// Postgres' text form.
struct Columns<'a> {
    ids: Vec<Uuid>,
    authors: Vec<Uuid>,
    bodies: Vec<&'a str>,
    mentions: Vec<String>,
    mention_roles: Vec<String>,
    mention_everyone: Vec<bool>,
    created: Vec<OffsetDateTime>,
    nonces: Vec<Option<&'a str>>,
    nonce_hashes: Vec<Option<&'a [u8]>>,
    events: Vec<Uuid>,
    versions: Vec<Option<i64>>,
    recipients: Vec<String>,
    payloads: Vec<&'a str>,
    traceparents: Vec<Option<&'a str>>,
    files: Vec<String>,
}

impl<'a> Columns<'a> {
    fn of(drafts: &'a [Draft]) -> Self {
        let messages = || drafts.iter().map(|draft| &draft.message);
        Self {
            ids: messages().map(|message| message.id.uuid()).collect(),
            authors: messages().map(|message| message.author.id.uuid()).collect(),
            bodies: messages().map(|message| message.content.as_str()).collect(),
            mentions: messages()
                .map(|message| array(message.mentions.iter().map(|user| user.uuid())))
                .collect(),
            mention_roles: messages()
                .map(|message| array(message.mention_roles.iter().map(|role| role.uuid())))
                .collect(),
            mention_everyone: messages().map(|message| message.mention_everyone).collect(),
            created: messages()
                .map(|message| moment(message.created_at))
                .collect(),
            nonces: messages().map(|message| message.nonce.as_deref()).collect(),
            nonce_hashes: drafts
                .iter()
                .map(|draft| draft.nonce_hash.as_ref().map(|hash| &hash[..]))
                .collect(),
            events: drafts.iter().map(|draft| draft.event.uuid()).collect(),
            versions: drafts.iter().map(|draft| draft.access_version).collect(),
            recipients: drafts
                .iter()
                .map(|draft| array(draft.recipients.iter().map(|user| user.uuid())))
                .collect(),
            payloads: drafts.iter().map(|draft| draft.payload.as_str()).collect(),
            traceparents: drafts
                .iter()
                .map(|draft| draft.traceparent.as_deref())
                .collect(),
            files: messages()
                .map(|message| offer(&message.attachments))
                .collect(),
        }
    }
}

/// An array of ids in Postgres' text form.
fn array(ids: impl Iterator<Item = Uuid>) -> String {
    let mut text = String::from("{");
    for (index, id) in ids.enumerate() {
        let separator = if index == 0 { "" } else { "," };
        write!(text, "{separator}{id}").expect("a String takes everything");
    }
    text.push('}');
    text
}

/// Files as they were found, as JSON: an image may have been worked on since.
fn offer(files: &[Attachment]) -> String {
    let offered = files.iter().map(|file| {
        let id = file.id.uuid();
        serde_json::json!({"id": id.to_string(), "ready": file.status == FileStatus::Ready})
    });
    offered.collect::<serde_json::Value>().to_string()
}

fn event(draft: &Draft, rev: i64, seq: i64) -> StoredEvent {
    StoredEvent {
        head: EventHead {
            id: draft.event,
            scope: draft.scope,
            kind: EventKind::MessageCreate,
            rev,
            seq: Some(seq),
            access_version: draft.access_version,
            recipients: draft.recipients.clone(),
        },
        payload: draft.payload.fill(rev, Some(seq)),
        traceparent: draft.traceparent.clone(),
    }
}
