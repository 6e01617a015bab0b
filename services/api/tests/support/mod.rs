//! The service as a black box: real Postgres, NATS and cache, the API on free ports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kith_api::ApiService;
use kith_bus::{Bus, BusOptions, Ingest, IngestEvent, IngestItem, StartAt};
use kith_config::{Part, Sources};
use kith_events::Namespace;
use kith_runtime::{Ending, Lifecycle, Service};
use kith_store::{Store, StoreSettings, accounts};
use kith_testkit::{Account, Client, Database, Nats, PASSWORD, PATIENCE, Postgres, Redis, until};
use kith_types::{OsEntropy, SystemClock, Username};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// An instance: its engines, and what belongs to it there. Processes are started on it.
pub(crate) struct Instance {
    pub(crate) database: Database,
    pub(crate) nats: Nats,
    pub(crate) cache: String,
}

/// One api process, as far as a test can tell.
pub(crate) struct Api {
    pub(crate) client: Client,
    lifecycle: Lifecycle,
}

impl Instance {
    /// A database and a NATS server of the test's own; the Postgres server and the cache are everybody's.
    pub(crate) async fn new() -> Self {
        static REDIS: OnceCell<Redis> = OnceCell::const_new();
        Self {
            database: Postgres::shared().await.database().await,
            nats: Nats::start().await,
            cache: REDIS.get_or_init(Redis::start).await.url(),
        }
    }

    /// Starts a process, and waits until it can write.
    pub(crate) async fn start(&self) -> Api {
        let nats = self.nats.url();
        let environment = [
            ("KITH_INSTANCE_NAMESPACE", self.database.name()),
            ("KITH_API_LISTEN", "127.0.0.1:0"),
            ("KITH_API_NATS_PASSWORD", "not asked for"),
            ("KITH_POSTGRES_URL", self.database.url()),
            ("KITH_POSTGRES_MAX_CONNECTIONS", "8"),
            ("KITH_NATS_URL", &nats),
            ("KITH_CACHE_URL", &self.cache),
        ];
        let config = Sources::given(None, environment).load(&[Part::Api]);
        let config = config.expect("the settings are complete");
        let lifecycle = Lifecycle::new();
        let service = ApiService::new(&config, &lifecycle)
            .await
            .expect("a port is free");
        let address = service.address().expect("it listens");
        lifecycle.spawn(ApiService::NAME, service.run(lifecycle.clone()));
        let client = Client::new(&format!("http://{address}"));
        until("the api writes", async || {
            let body = json!({ "username": "early.bird", "password": PASSWORD });
            match client.post("/api/v1/auth/register", &body).await.status {
                201 | 409 => Ok(()),
                status => Err(format!("it answers {status}")),
            }
        })
        .await;
        Api { client, lifecycle }
    }

    /// The database as a process sees it that serves nothing.
    pub(crate) async fn store(&self) -> Store {
        let store = Store::connect(StoreSettings {
            url: self.database.url().to_owned().into(),
            max_connections: 4,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            traceparent: || None,
        })
        .expect("the address can be read");
        store.renew_worker().await.expect("the database answers");
        store
    }

    /// Somebody whom no limit holds back.
    pub(crate) async fn account(&self, api: &Api, username: &str) -> Account {
        let account = api.client.register(username).await;
        let name = Username::parse(username).expect("it is a user name");
        let lifted = accounts::set_unlimited(&self.store().await, &name, true).await;
        lifted
            .expect("the database answers")
            .expect("it was just made");
        account
    }

    /// The stream, from its beginning.
    pub(crate) async fn events(&self) -> Events {
        let bus = Bus::connect(BusOptions {
            url: self.nats.url(),
            login: None,
            name: String::from("test"),
            namespace: Namespace::new(self.database.name()),
        })
        .await
        .expect("the address can be read");
        let from = StartAt::FillSince(Duration::from_hours(1));
        Events(Ingest::start(bus, Arc::new(SystemClock), from))
    }
}

/// What comes out of the stream.
pub(crate) struct Events(Ingest);

impl Events {
    /// The next event, whatever happened in between.
    pub(crate) async fn next(&mut self) -> IngestEvent {
        let next = async {
            loop {
                if let IngestItem::Event(event) = self.0.next().await {
                    return event;
                }
            }
        };
        tokio::time::timeout(PATIENCE, next)
            .await
            .expect("an event comes")
    }

    /// The texts of the next `count` messages of a channel. Each aggregate's revs have to come without gap or inversion.
    pub(crate) async fn messages(&mut self, channel: &str, count: usize) -> Vec<String> {
        let mut revs = BTreeMap::new();
        let mut texts = Vec::new();
        while texts.len() < count {
            let event = self.next().await;
            let aggregate = format!("{:?}", event.head.aggregate());
            let last = revs.insert(aggregate, event.head.rev);
            assert!(
                last.is_none_or(|last| last + 1 == event.head.rev),
                "{last:?}, then {:?}",
                event.head
            );
            let payload: Value = serde_json::from_slice(&event.payload).expect("it is JSON");
            if payload["message"]["channel_id"] == channel {
                texts.push(text(&payload["message"]["content"]));
            }
        }
        texts
    }
}

impl Api {
    /// Ends it as a signal would, and says how that went.
    pub(crate) async fn stop(self) -> Ending {
        self.lifecycle.stop();
        self.lifecycle.clone().run_to_end().await
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

/// A string in an answer.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// A guild of this account: its id and its first channel's.
pub(crate) async fn guild(owner: &Account) -> (String, String) {
    let guild = owner
        .client
        .post("/api/v1/guilds", &json!({ "name": "Tea house" }))
        .await;
    let guild = text(&guild.expect(201)["id"]);
    let channels = owner
        .client
        .get(&format!("/api/v1/guilds/{guild}/channels"))
        .await;
    let channel = text(&channels.expect(200)[0]["id"]);
    (guild, channel)
}

/// Lets somebody into a guild.
pub(crate) async fn join(owner: &Account, guild: &str, account: &Account) {
    let invite = owner
        .client
        .post(&format!("/api/v1/guilds/{guild}/invites"), &json!({}))
        .await;
    let status = invite.status.min(201);
    let code = text(&invite.expect(status)["code"]);
    account
        .client
        .post(&format!("/api/v1/invites/{code}"), &json!({}))
        .await
        .expect(200);
}

/// Where a channel's messages are.
pub(crate) fn messages(channel: &str) -> String {
    format!("/api/v1/channels/{channel}/messages")
}

/// Posts, and returns the message.
pub(crate) async fn post(client: &Client, channel: &str, content: &str) -> Value {
    let posted = client
        .post(&messages(channel), &json!({ "content": content }))
        .await;
    posted.expect(201).clone()
}
