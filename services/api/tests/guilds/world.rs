use std::sync::Arc;
use std::time::Duration;

use kith_api::ApiService;
use kith_bus::{Bus, BusOptions, Ingest, StartAt};
use kith_config::{Part, Sources};
use kith_events::Namespace;
use kith_runtime::{Lifecycle, Service};
use kith_store::accounts::{NewAccount, NewSession, create, open_session, set_unlimited};
use kith_store::{Store, StoreSettings, TokenHash};
use kith_testkit::{Account, Client, Database, Nats, Postgres, Redis, until};
use kith_types::{
    Clock, IdGenerator, MAX_WORKER, OsEntropy, SessionId, SystemClock, Timestamp, Username,
    WorkerId,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

/// The api service with a database and events of its own.
pub(crate) struct World {
    pub(crate) client: Door,
    second: Client,
    namespace: String,
    nats: Nats,
    lifecycle: Lifecycle,
}

/// The way in: makes accounts without the slow hashing of passwords, which other tests are about.
#[derive(Clone)]
pub(crate) struct Door {
    http: Client,
    store: Store,
    ids: Arc<IdGenerator>,
}

/// The cache of all worlds; each has its own keys in it.
async fn cache() -> &'static Redis {
    static CACHE: OnceCell<Redis> = OnceCell::const_new();
    CACHE.get_or_init(Redis::start).await
}

impl World {
    /// One api process.
    pub(crate) async fn start() -> Self {
        Self::of(1).await
    }

    /// Two api processes on the same engines: what holds in one by its own locks has to hold between them too.
    pub(crate) async fn start_two() -> Self {
        Self::of(2).await
    }

    async fn of(processes: usize) -> Self {
        let database = Postgres::shared().await.database().await;
        // Of its own: a stream reserves its full size.
        let nats = Nats::start().await;
        let lifecycle = Lifecycle::new();
        let mut clients = Vec::new();
        for _ in 0..processes {
            clients.push(start(&database, &nats, &lifecycle).await);
        }
        let client = Door::new(clients[0].clone(), &database);
        let first = client.register("warm_up").await;
        for process in &clients {
            let process = process.with_token(&first.access_token);
            until("the api writes", async || {
                let body = json!({ "name": "first" });
                let answer = process.post("/api/v1/guilds", &body).await;
                if answer.status == 201 {
                    Ok(())
                } else {
                    Err(answer.body)
                }
            })
            .await;
        }
        Self {
            client,
            second: clients.pop().expect("there is at least one"),
            namespace: database.name().to_owned(),
            nats,
            lifecycle,
        }
    }

    /// The same account at the other process.
    pub(crate) fn second(&self, account: &Account) -> Client {
        self.second.with_token(&account.access_token)
    }

    /// An account that no rate limit applies to.
    pub(crate) async fn unlimited(&self, username: &str) -> Account {
        let account = self.client.register(username).await;
        let username = Username::parse(username).expect("a good name");
        let done = set_unlimited(&self.client.store, &username, true).await;
        done.expect("the database answers")
            .expect("it was just made");
        account
    }

    /// All events so far and to come, as a gateway gets them.
    pub(crate) async fn events(&self) -> Ingest {
        let bus = Bus::connect(BusOptions {
            url: self.nats.url(),
            login: None,
            name: "test".to_owned(),
            namespace: Namespace::new(self.namespace.clone()),
        })
        .await
        .expect("a good address");
        let from = StartAt::FillSince(Duration::from_hours(1));
        Ingest::start(bus, Arc::new(SystemClock), from)
    }
}

/// The present moment, as the api sees it.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// Starts a process on a free port.
async fn start(database: &Database, nats: &Nats, lifecycle: &Lifecycle) -> Client {
    let (nats, cache) = (nats.url(), cache().await.url());
    // The database's name is unique among the tests, and so is everything that is named after it.
    let sources = Sources::given(
        None,
        [
            ("KITH_INSTANCE_NAMESPACE", database.name()),
            ("KITH_API_LISTEN", "127.0.0.1:0"),
            ("KITH_API_NATS_PASSWORD", "none is asked for"),
            ("KITH_POSTGRES_URL", database.url()),
            ("KITH_NATS_URL", &nats),
            ("KITH_CACHE_URL", &cache),
        ],
    );
    let config = sources
        .load(&[Part::Api])
        .expect("a complete configuration");
    let api = ApiService::new(&config, lifecycle)
        .await
        .expect("a free port");
    let address = api.address().expect("an open port");
    lifecycle.spawn("api", api.run(lifecycle.clone()));
    Client::new(&format!("http://{address}"))
}

impl Drop for World {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

impl Door {
    fn new(http: Client, database: &Database) -> Self {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let store = Store::connect(StoreSettings {
            url: database.url().to_owned().into(),
            max_connections: 2,
            clock: clock.clone(),
            entropy: entropy.clone(),
            traceparent: || None,
        })
        .expect("a good address");
        // A number that no process leases: they begin with the lowest.
        let worker = WorkerId::new(MAX_WORKER).expect("it is the largest");
        let ids = Arc::new(IdGenerator::new(worker, clock, entropy));
        Self { http, store, ids }
    }

    /// A new account with a session.
    pub(crate) async fn register(&self, username: &str) -> Account {
        let now = self.store.now();
        let name = Username::parse(username).expect("a good name");
        let account = NewAccount {
            id: self.ids.mint(),
            username: &name,
            display_name: None,
            password_hash: "none",
            at: now,
        };
        let user = create(&self.store, &account)
            .await
            .expect("the database answers");
        let user = user.expect("the name is free");
        let session: SessionId = self.ids.mint();
        let (access, refresh) = (format!("access-{session}"), format!("refresh-{session}"));
        let hash = |token: &str| TokenHash(Sha256::digest(token).into());
        let new = NewSession {
            id: session,
            user: user.id,
            access: hash(&access),
            refresh: hash(&refresh),
            access_expires_at: now.plus_seconds(3600),
            expires_at: now.plus_seconds(3600),
            user_agent: None,
            at: now,
        };
        let opened = open_session(&self.store, &new, "none").await;
        opened
            .expect("the database answers")
            .expect("the hash is the same");
        Account {
            client: self.http.with_token(&access),
            id: user.id.to_string(),
            username: user.username,
            session_id: session.to_string(),
            access_token: access,
            refresh_token: refresh,
        }
    }

    /// Nobody.
    pub(crate) fn anonymous(&self) -> Client {
        self.http.anonymous()
    }
}
