use std::sync::Arc;

use kith_events::{Aggregate, EventKind, Scope};
use kith_policy::{ChannelAccess, Granted, SendMessage, require};
use kith_store::messages::{self, Draft, NewMessage};
use kith_store::{Committed, InChannel, Named, Store, StoreError, StoreSettings, TokenHash};
use kith_testkit::{Database, Postgres};
use kith_types::{ChannelId, GuildId, Nonce, OsEntropy, SystemClock, Timestamp, UserId};
use kith_wire::{GuildChange, Message};
use sqlx::PgPool;
use sqlx::types::time::OffsetDateTime;

/// A guild with one channel and two members who may do everything there.
/// What became of one post.
pub(crate) enum Posted {
    New(Box<Message>, Committed),
    NonceSeen,
}

pub(crate) struct Place {
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) sql: PgPool,
    pub(crate) guild: GuildId,
    pub(crate) channel: ChannelId,
    pub(crate) ada: Person,
    pub(crate) bob: Person,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) token: TokenHash,
}

/// Another process, as far as the database can tell.
pub(crate) async fn process(database: &Database) -> Store {
    let store = Store::connect(StoreSettings {
        url: database.url().to_owned().into(),
        max_connections: 8,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        traceparent: || None,
    })
    .expect("the database answers");
    store.renew_worker().await.expect("the database answers");
    store
}

impl Place {
    pub(crate) async fn new() -> Self {
        let database = Postgres::shared().await.database().await;
        let store = process(&database).await;
        let sql = PgPool::connect(database.url())
            .await
            .expect("the database answers");
        let guild: GuildId = store.mint().expect("the database answers");
        let channel: ChannelId = store.mint().expect("the database answers");
        let ada = person(&store, &sql, "ada").await;
        let bob = person(&store, &sql, "bob").await;
        let now = OffsetDateTime::from(store.now());
        for (statement, rest) in [
            (
                "INSERT INTO guilds (id, name, owner_id, created_at) VALUES ($1, 'tea', $2, $3)",
                ada.id.uuid(),
            ),
            (
                "INSERT INTO channels (id, guild_id, kind, name, created_at) VALUES ($2, $1, 0, 'general', $3)",
                channel.uuid(),
            ),
            (
                "INSERT INTO members (guild_id, user_id, joined_at) VALUES ($1, $2, $3)",
                ada.id.uuid(),
            ),
            (
                "INSERT INTO members (guild_id, user_id, joined_at) VALUES ($1, $2, $3)",
                bob.id.uuid(),
            ),
        ] {
            let query = sqlx::query(statement)
                .bind(guild.uuid())
                .bind(rest)
                .bind(now);
            query.execute(&sql).await.expect("the database answers");
        }
        sqlx::query("INSERT INTO roles (id, guild_id, name, position, permissions) VALUES ($1, $1, 'everyone', 0, $2)")
            .bind(guild.uuid())
            .bind(kith_types::Permissions::DEFAULT_EVERYONE.to_column())
            .execute(&sql)
            .await
            .expect("the database answers");
        Self {
            database,
            store,
            sql,
            guild,
            channel,
            ada,
            bob,
        }
    }

    /// What somebody is in the channel, as a request reads it.
    pub(crate) async fn facts(&self, store: &Store, person: Person) -> InChannel {
        let named = [self.ada.id, self.bob.id];
        let named = Named {
            users: &named,
            roles: &[],
            files: &[],
        };
        let found = store
            .naming_in_channel(&person.token, self.channel, named, store.now())
            .await;
        found
            .expect("the database answers")
            .expect("the session is good")
    }

    pub(crate) async fn access(&self, person: Person) -> ChannelAccess {
        self.facts(&self.store, person)
            .await
            .access
            .expect("they are a member")
    }

    /// Posts as a request does: facts, decision, statement.
    pub(crate) async fn post_with(
        &self,
        store: &Store,
        person: Person,
        content: &str,
        nonce: Option<&str>,
    ) -> Result<Posted, StoreError> {
        let facts = self.facts(store, person).await;
        let granted = require::<SendMessage>(facts.access.as_ref(), store.now())
            .expect("the database answers");
        self.post_granted(store, &facts, &granted, content, nonce)
            .await
    }

    pub(crate) async fn post_granted(
        &self,
        store: &Store,
        facts: &InChannel,
        granted: &Granted<SendMessage>,
        content: &str,
        nonce: Option<&str>,
    ) -> Result<Posted, StoreError> {
        let draft = self.draft(store, facts, granted, content, nonce)?;
        let mut together = store.post(&[draft]).await?;
        match together.posted.remove(0) {
            messages::Posted::New(message) => Ok(Posted::New(message, together.committed)),
            messages::Posted::NonceSeen => Ok(Posted::NonceSeen),
            messages::Posted::AccessChanged => Err(StoreError::AccessChanged),
        }
    }

    pub(crate) fn draft(
        &self,
        store: &Store,
        facts: &InChannel,
        granted: &Granted<SendMessage>,
        content: &str,
        nonce: Option<&str>,
    ) -> Result<Draft, StoreError> {
        let nonce = nonce.map(|nonce| Nonce::parse(nonce).expect("it is a nonce"));
        let new = NewMessage {
            author: &facts.actor.user,
            content,
            nonce: nonce
                .as_ref()
                .map(|nonce| (nonce, [content.len() as u8; 32])),
            mentions: if content.contains("@bob") {
                vec![self.bob.id]
            } else {
                Vec::new()
            },
            mention_roles: Vec::new(),
            mention_everyone: content.contains("@everyone"),
            attachments: Vec::new(),
            recipients: Vec::new(),
        };
        store.draft(granted, new)
    }

    pub(crate) async fn post(&self, person: Person, content: &str) -> Message {
        new(self
            .post_with(&self.store, person, content, None)
            .await
            .expect("the database answers"))
    }

    /// Changes rights in the guild.
    pub(crate) async fn raise_access(&self) {
        let mut work = self
            .store
            .begin(&[Aggregate::Guild(self.guild)])
            .await
            .expect("the database answers");
        work.raise_access(self.guild).expect("the database answers");
        let (guild, owner) = (self.guild, self.ada.id);
        work.emit(
            Scope::Guild(guild),
            EventKind::GuildUpdate,
            |event_id, rev| GuildChange {
                event_id,
                rev,
                guild: kith_wire::Guild {
                    id: guild,
                    name: "tea".into(),
                    owner_id: owner,
                    home: "kith.test".into(),
                    icon: None,
                    created_at: Timestamp::default(),
                },
            },
        )
        .expect("the database answers");
        work.commit()
            .await
            .expect("the database answers")
            .hand_over(drop);
    }

    /// The outbox' payloads of the channel, by rev.
    pub(crate) async fn payloads(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT payload FROM outbox WHERE aggregate_id = $1 ORDER BY rev")
            .bind(self.channel.uuid())
            .fetch_all(&self.sql)
            .await
            .expect("the database answers")
    }
}

/// The message of a post that was new.
#[track_caller]
pub(crate) fn new(posted: Posted) -> Message {
    match posted {
        Posted::New(message, committed) => {
            committed.hand_over(drop);
            *message
        }
        Posted::NonceSeen => panic!("the nonce was used before"),
    }
}

async fn person(store: &Store, sql: &PgPool, name: &str) -> Person {
    let id: UserId = store.mint().expect("the database answers");
    let mut token = [0; 32];
    token[..16].copy_from_slice(id.uuid().as_bytes());
    let now = store.now();
    sqlx::query(
        "INSERT INTO users (id, username, display_name, created_at) VALUES ($1, $2, $2, $3)",
    )
    .bind(id.uuid())
    .bind(name)
    .bind(OffsetDateTime::from(now))
    .execute(sql)
    .await
    .expect("the database answers");
    sqlx::query(
        "INSERT INTO sessions (id, user_id, access_hash, access_expires_at, expires_at, created_at, last_used_at) \
         VALUES ($1, $1, $2, $3, $3, $4, $4)",
    )
    .bind(id.uuid())
    .bind(&token[..])
    .bind(OffsetDateTime::from(now.plus_seconds(900)))
    .bind(OffsetDateTime::from(now))
    .execute(sql)
    .await
    .expect("the database answers");
    Person {
        id,
        token: TokenHash(token),
    }
}
